import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CuttingProxy } from '../src/cutting-proxy.ts';
import { portOf } from '../src/free-ports.ts';

let echo: Server;
let proxy: CuttingProxy;
let client: Socket;

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await CuttingProxy.listen(portOf(echo));
  client = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  client.on('error', () => {});
  await once(client, 'connect');
});

afterEach(async () => {
  client.destroy();
  await proxy[Symbol.asyncDispose]();
  await new Promise((resolve) => echo.close(resolve));
});

it('passes data on by default', async () => {
  client.write('hello');
  expect(await once(client, 'data')).toEqual(['hello']);
  expect(proxy.accepted).toBe(1);
});

it('passes everything on before the end of a connection', async () => {
  const received: string[] = [];
  client.on('data', (text: string) => received.push(text));
  const long = 'x'.repeat(5_000_000);
  client.end(long);
  await once(client, 'end');
  expect(received.join('').length).toBe(long.length);
});

it('cuts all open connections', async () => {
  proxy.cut();
  await once(client, 'close');
});

it('cuts the connection at a reply, which is lost', async () => {
  proxy.judge = (direction) => (direction === 'toClient' ? 'cut' : 'pass');
  let received = '';
  client.on('data', (text: string) => {
    received += text;
  });
  client.write('hello');
  await once(client, 'close');
  expect(received).toBe('');
});

it('loses a chunk if the judge says so, and keeps the connection', async () => {
  const judged: string[] = [];
  const lost = new Promise<void>((resolve) => {
    proxy.judge = (direction, chunk) => {
      judged.push(`${direction} ${Buffer.from(chunk)}`);
      resolve();
      return 'lose';
    };
  });
  client.write('lost');
  await lost;
  proxy.judge = () => 'pass';
  client.write('kept');
  expect(await once(client, 'data')).toEqual(['kept']);
  expect(judged).toEqual(['toServer lost']);
});

it('holds one direction until it is released', async () => {
  proxy.hold('toClient');
  client.write('a');
  let received = '';
  client.on('data', (text: string) => {
    received += text;
  });
  const served = once(echo, 'connection').catch(() => []);
  const second = connect(proxy.port, '127.0.0.1');
  await served;
  expect(received).toBe('');
  proxy.release('toClient');
  await once(client, 'data');
  expect(received).toBe('a');
  second.destroy();
});

it('refuses new connections', async () => {
  proxy.refusing = true;
  const late = connect(proxy.port, '127.0.0.1');
  late.on('error', () => {});
  await once(late, 'close');
  expect(proxy.accepted).toBe(1);
});

it('delays chunks, and keeps their order', async () => {
  proxy.delayMs = 60;
  const begun = performance.now();
  await new Promise<void>((resolve) => {
    proxy.judge = () => {
      resolve();
      return 'pass';
    };
    client.write('first ');
  });
  proxy.delayMs = 5;
  client.write('second ');
  let received = '';
  while (!received.includes('second')) received += (await once(client, 'data'))[0];
  expect(received).toBe('first second ');
  expect(performance.now() - begun).toBeGreaterThan(59);
});
