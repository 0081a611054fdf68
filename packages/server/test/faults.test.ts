import { once } from 'node:events';
import { connect } from 'node:net';
import { AddWatchMode, InvariantError, OpCode } from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { configSchema } from '../src/config/config.ts';
import { nodeClock, nodeNetwork } from '../src/environment/node-environment.ts';
import { LeaderDesk } from '../src/replica/leader-desk.ts';
import { Workload } from '../src/requests/workload.ts';
import { Server } from '../src/server.ts';
import { ClientWatches } from '../src/watches/client-watches.ts';
import { MemoryServer } from './support/memory-server.ts';

let memory: MemoryServer;
let fatal: unknown[];

beforeEach(async () => {
  fatal = [];
  memory = await MemoryServer.start({}, { onFatal: (error) => fatal.push(error) });
});

afterEach(() => {
  vi.restoreAllMocks();
  return memory.close();
});

const watch = { op: OpCode.addWatch, path: '/', mode: AddWatchMode.persistent } as const;

describe('an unexpected error in the answer to a request', () => {
  test('ends the connection of that request and no other', async () => {
    const [client, other] = [await memory.connect(), await memory.connect()];
    vi.spyOn(ClientWatches.prototype, 'add').mockImplementation(() => {
      throw new Error('a fault');
    });
    client.sendRequest(watch);
    await vi.waitFor(() => expect(client.isOpen).toBe(false));
    expect((await other.request({ op: OpCode.exists, path: '/', watch: false })).error).toBe(0);
    expect(fatal).toEqual([]);
  });
});

describe('a broken invariant', () => {
  test('in the answer to a request ends the server with its reason, without an answer', async () => {
    const [client, other] = [await memory.connect(), await memory.connect()];
    const broken = new InvariantError('a broken invariant');
    vi.spyOn(ClientWatches.prototype, 'add').mockImplementation(() => {
      throw broken;
    });
    client.sendRequest({ op: OpCode.exists, path: '/', watch: false });
    client.sendRequest(watch);
    await vi.waitFor(() => expect(fatal).toEqual([broken]));
    await vi.waitFor(() => expect([client.isOpen, other.isOpen]).toEqual([false, false]));
    expect(client.framesWaiting).toBe(0);
  });

  test('when a write has been applied ends the server with its reason', async () => {
    const client = await memory.connect();
    const broken = new InvariantError('a broken invariant');
    vi.spyOn(Workload.prototype, 'answered').mockImplementation(() => {
      throw broken;
    });
    client.sendRequest({ op: OpCode.delete, path: '/none', version: -1 });
    await vi.waitFor(() => expect(fatal).toEqual([broken]));
    expect(client.isOpen).toBe(false);
  });

  test('when a connection closes ends the server with its reason', async () => {
    const client = await memory.connect();
    const broken = new InvariantError('a broken invariant');
    const forget = vi.spyOn(Workload.prototype, 'forget').mockImplementationOnce(() => {
      throw broken;
    });
    client.onClose();
    expect(fatal).toEqual([broken]);
    expect(forget).toHaveBeenCalled();
  });

  test('when the TCP door closes a connection before its handshake ends the server with its reason', async () => {
    const doored = await MemoryServer.start(
      { webPort: 0, zookeeperPort: 0 },
      { onFatal: (error) => fatal.push(error) },
    );
    const { zookeeper } = await doored.server.openDoors();
    const broken = new InvariantError('a broken invariant');
    vi.spyOn(Workload.prototype, 'forget').mockImplementationOnce(() => {
      throw broken;
    });
    const socket = connect(zookeeper);
    socket.write(Uint8Array.of(0xff, 0xf4, 0xff, 0xfd));
    await vi.waitFor(() => expect(fatal).toEqual([broken]));
    socket.destroy();
    await doored.close();
  });

  test('that every closing connection finds again does not keep the server from closing', async () => {
    const clients = [await memory.connect(), await memory.connect(), await memory.connect()];
    const broken = new InvariantError('a broken invariant');
    vi.spyOn(Workload.prototype, 'forget').mockImplementation(() => {
      throw broken;
    });
    clients[0]?.onClose();
    await memory.close();
    expect(fatal).toEqual([broken]);
    expect(clients.map(({ isOpen }) => isOpen)).toEqual([false, false, false]);
    expect(memory.disk.inUse).toBe(false);
  });

  test('that the closing of a sound server finds is reported, and the server closes', async () => {
    const clients = [await memory.connect(), await memory.connect(), await memory.connect()];
    const broken = new InvariantError('a broken invariant');
    vi.spyOn(Workload.prototype, 'forget').mockImplementation(() => {
      throw broken;
    });
    await memory.close();
    expect(fatal).toEqual([broken]);
    expect(clients.map(({ isOpen }) => isOpen)).toEqual([false, false, false]);
    expect(memory.disk.inUse).toBe(false);
  });

  test('that a leader finds while it hands over is reported, and the server closes', async () => {
    const client = await memory.connect();
    const broken = new InvariantError('a broken invariant');
    vi.spyOn(LeaderDesk.prototype, 'work').mockImplementation(() => {
      throw broken;
    });
    await memory.close();
    expect(fatal).toEqual([broken]);
    expect(client.isOpen).toBe(false);
    expect(memory.disk.inUse).toBe(false);
  });
});

test('a server that is closed while it starts lets go of its disk', async () => {
  const disk = new MemoryDisk();
  const options = {
    config: configSchema.parse({ tickMs: 5 }),
    environment: {
      clock: nodeClock,
      network: nodeNetwork,
      entropy: { bytes: (count: number) => new Uint8Array(count), fraction: () => 0.5 },
      openStorage: () => openMemoryStorage(disk),
    },
    log: pino({ level: 'silent' }),
    onFatal: (error: unknown) => fatal.push(error),
  };
  const server = new Server(options);
  const starting = server.start();
  await server.close();
  await starting;
  expect(disk.inUse).toBe(false);
  expect(fatal).toEqual([]);
});

test('a server that is closed while it opens its doors leaves no port open', async () => {
  const memory = await MemoryServer.start({ webPort: 0, zookeeperPort: 0 });
  const opening = memory.server.openDoors();
  await memory.close();
  const { web, zookeeper } = await opening;
  for (const { host, port } of [web, zookeeper]) {
    const socket = connect({ host, port });
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }
});
