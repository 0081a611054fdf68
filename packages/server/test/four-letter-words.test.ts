import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryServer } from './support/memory-server.ts';

let memory: MemoryServer;
let port: number;
let fatal: unknown[];

beforeEach(async () => {
  fatal = [];
  const settings = { webPort: 0, zookeeperPort: 0, handshakeTimeoutMs: 100 };
  memory = await MemoryServer.start(settings, { onFatal: (error) => fatal.push(error) });
  ({ port } = (await memory.server.openDoors()).zookeeper);
});

afterEach(() => memory.close());

/** A client that can still send after the server has closed its side. */
function dial(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

test.each([
  ['behind an interrupt of telnet', Uint8Array.of(0xff, 0xf4, 0xff, 0xfd)],
  ['when the time for a handshake is over', new Uint8Array(0)],
])('a four-letter word %s gets no answer and does no harm', async (_name, first) => {
  const socket = await dial();
  let answer = '';
  socket.on('data', (bytes) => {
    answer += String(bytes);
  });
  const ended = new Promise((resolve) => socket.once('end', resolve));
  if (first.length > 0) socket.write(first);
  await ended;
  socket.write('ruok');
  await delay(50);
  socket.destroy();
  await delay(50);
  expect(fatal).toEqual([]);
  expect(answer).toBe('');
  expect(memory.server.status().connections).toBe(0);
});
