import { readFile } from 'node:fs/promises';
import { connect as dial } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@conclave/client';
import {
  ByteReader,
  ByteWriter,
  ErrorNumber,
  FRAME_BYTES_MAX,
  FrameDecoder,
  OpCode,
  ProtocolVersion,
  readConnectResponse,
  readReplyHeader,
} from '@conclave/protocol';
import { conclaveEnsemble, type Ensemble, type Member } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  announced,
  frame,
  hello,
  inParallel,
  Noise,
  type Outcome,
  recordOf,
  requestFrame,
  say,
  upgradeRequest,
  WebSocketOpcode,
  webSocketFrame,
} from './support/attack.ts';
import { Bystander } from './support/bystander.ts';
import { peerPortOf } from './support/partition.ts';
import { nativeRequests, zookeeperRequests } from './support/sample-requests.ts';
import { logOf } from './support/server-log.ts';
import { atOneZxid, leaderOf, statusOf } from './support/status.ts';

/**
 * Bad input at every port of a server. Each connection gets a typed error or is closed, the log grows at a limited
 * rate, memory stays bounded, and a client that uses the same server meanwhile notices nothing.
 */
const HANDSHAKE_TIMEOUT_MS = 1_000;
const SLOWEST_MS_MAX = 2_000;
const LOG_LINES_PER_SECOND_MAX = 3;
const LOG_LINES_MAX = 10;
const RSS_GROWTH_BYTES_MAX = 96 * 1024 * 1024;
const MIB = 1024 * 1024;

let ensemble: Ensemble;
/** The server under attack: the leader, because its failure would do the most harm. */
let target: Member;

beforeAll(async () => {
  ensemble = await conclaveEnsemble({
    settings: { handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS, zookeeperConnectionsPerAddressMax: 0 },
  });
  await ensemble.serve();
  target = await leaderOf(ensemble);
  await using client = await connect({ servers: ensemble.webServers });
  await client.create('/hostile', new Uint8Array(100 * 1024));
});

afterAll(() => ensemble.stop());

test("noise and broken handshakes at ZooKeeper's port disturb no other client", async () => {
  await unnoticed('tcp', async () => {
    const noise = new Noise(1);
    const greeting = hello();
    const sayings: Uint8Array[][] = [
      [],
      [announced(-1)],
      [announced(-(2 ** 31)), noise.bytes(4096)],
      [announced(2 ** 31 - 1), noise.bytes(4096)],
      [announced(FRAME_BYTES_MAX + 1), noise.bytes(4096)],
      [frame(new Uint8Array(0))],
      [frame(new Uint8Array(2000))],
      [frame(Uint8Array.from([...greeting.subarray(4), 0]))],
      [new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
      ...Array.from({ length: greeting.length }, (_, length) => [greeting.subarray(0, length)]),
      ...Array.from({ length: greeting.length - 4 }, (_, length) => [
        frame(greeting.subarray(4, 4 + length)),
      ]),
      ...Array.from({ length: 200 }, () => [noise.bytes(1 + noise.below(4096))]),
      ...Array.from({ length: 50 }, () => Array.from({ length: 20 }, () => noise.bytes(1 + noise.below(7)))),
      // Announces a large frame and sends only a part of it.
      ...Array.from({ length: 100 }, () => [announced(FRAME_BYTES_MAX), noise.bytes(1024)]),
    ];
    await expectAllClosed(target.tcpPort, sayings);
  });
});

test.each([
  { door: 'tcp', version: ProtocolVersion.zookeeper },
  { door: 'tcp', version: ProtocolVersion.native },
  { door: 'ws', version: ProtocolVersion.native },
] as const)(
  'malformed records of every operation disturb no other client (over $door, version $version)',
  async ({ door, version }) => {
    await unnoticed(door, async () => {
      const native = version === ProtocolVersion.native;
      const samples = native ? [...zookeeperRequests, ...nativeRequests] : zookeeperRequests;
      const broken = samples.flatMap((request) => {
        const record = recordOf(request);
        const cut = Array.from({ length: record.length }, (_, length) => record.subarray(0, length));
        return [...cut, Uint8Array.from([...record, 0])].map((bytes) => ({ op: request.op, record: bytes }));
      });
      const counted = hugeCounts().filter(({ op }) => native || op < 1000);
      const malformed = [...broken, ...counted];
      const codes = await answersTo(door, version, malformed);
      expect(codes).toEqual(malformed.map(() => ErrorNumber.MARSHALLING_ERROR));

      // The first of these ends a ZooKeeper connection.
      if (!native) return;
      const unknown = [0, 10, 13, 20, 99, 999, 1999, 2 ** 31 - 1, -1, -10, -12, -(2 ** 31)];
      const requests = unknown.map((op) => ({ op, record: new Uint8Array(8) }));
      expect(await answersTo(door, version, requests)).toEqual(unknown.map(() => ErrorNumber.UNIMPLEMENTED));
    });
  },
);

test('requests with flipped bits disturb no other client', async () => {
  await unnoticed('tcp', async () => {
    const noise = new Noise(2);
    await inParallel(
      Array.from({ length: 120 }, () => async () => {
        const native = noise.below(2) === 1;
        const samples = native ? [...zookeeperRequests, ...nativeRequests] : zookeeperRequests;
        const frames = Array.from({ length: 20 }, (_, i) => {
          const request = samples[noise.below(samples.length)] ?? zookeeperRequests[0];
          if (request === undefined) throw new Error('there are no samples');
          const header = { xid: i + 1, opcode: request.op, flags: 0, confirmed: i };
          const bytes = requestFrame(header, recordOf(request), native);
          // The length stays, because a wrong one would only turn the next frame into noise.
          const at = 4 + noise.below(bytes.length - 4);
          bytes[at] = (bytes[at] ?? 0) ^ (1 << noise.below(8));
          return bytes;
        });
        const version = native ? ProtocolVersion.native : ProtocolVersion.zookeeper;
        const { received } = await say(
          target.tcpPort,
          [hello(version), ...frames, goodbye(21, native)],
          3_000,
        );
        expect(framesOf(received).length).toBeGreaterThan(0);
      }),
    );
  });
});

test('frames that end their own session at once disturb no other client', async () => {
  await unnoticed('tcp', async () => {
    const endings = [
      ...Array.from({ length: 8 }, (_, length) => frame(new Uint8Array(length))),
      announced(-5),
      announced(FRAME_BYTES_MAX + 1),
    ];
    const nativeEndings = [
      ...Array.from({ length: 24 }, (_, length) => frame(new Uint8Array(length))),
      frame(new Uint8Array(24).fill(0x7f)),
    ];
    await expectAllClosed(target.tcpPort, [
      ...endings.map((ending) => [hello(), ending]),
      ...nativeEndings.map((ending) => [hello(ProtocolVersion.native), ending]),
    ]);
  });
});

test('a client that sends many requests and reads no answers disturbs no other client', async () => {
  await unnoticed('tcp', async () => {
    const record = recordOf({ op: OpCode.getData, path: '/hostile', watch: false });
    const asking = Array.from({ length: 5_000 }, (_, i) =>
      requestFrame({ xid: i + 1, opcode: OpCode.getData, flags: 0, confirmed: 0 }, record, false),
    );
    const sockets = Array.from({ length: 4 }, () => {
      const socket = dial({ port: target.tcpPort, host: '127.0.0.1' });
      socket.pause();
      socket.on('error', () => {});
      socket.write(Buffer.concat([hello(), ...asking]));
      return socket;
    });
    // A server that encoded all answers would produce two gigabytes in this time.
    await pause(2_000);
    for (const socket of sockets) socket.destroy();
  });
});

test('connections that break the WebSocket protocol disturb no other client', async () => {
  await unnoticed('ws', async () => {
    const noise = new Noise(3);
    const { binary, text, ping, continuation } = WebSocketOpcode;
    const upgraded = (...parts: Uint8Array[]) => [upgradeRequest(), ...parts];
    const port = target.webPort ?? 0;
    await expectAllClosed(port, [
      [],
      [new TextEncoder().encode('GET /v1/status HTTP/1.1\r\nHost: ')],
      ...Array.from({ length: 100 }, () => [noise.bytes(1 + noise.below(4096))]),
      [upgradeRequest('another.protocol')],
      [upgradeRequest('')],
      upgraded(),
      upgraded(webSocketFrame(text, new TextEncoder().encode('hello'))),
      upgraded(webSocketFrame(binary, hello(), { masked: false })),
      upgraded(webSocketFrame(binary, new Uint8Array(0), { length: 2 ** 40 })),
      upgraded(webSocketFrame(binary, new Uint8Array(0), { length: 64 * MIB })),
      upgraded(webSocketFrame(binary, noise.bytes(100), { final: false })),
      upgraded(webSocketFrame(continuation, noise.bytes(100))),
      upgraded(webSocketFrame(7, noise.bytes(5))),
      upgraded(webSocketFrame(ping, noise.bytes(126))),
      upgraded(webSocketFrame(binary, announced(-1))),
      upgraded(webSocketFrame(binary, announced(2 ** 31 - 1))),
      ...Array.from({ length: 100 }, () => upgraded(noise.bytes(1 + noise.below(1024)))),
      ...Array.from({ length: 100 }, () =>
        upgraded(webSocketFrame(binary, noise.bytes(1 + noise.below(120)))),
      ),
    ]);
  });
});

test('a WebSocket client that sends pings and reads no pongs disturbs no other client', async () => {
  await unnoticed('ws', async () => {
    const pings = Buffer.concat(
      Array.from({ length: 8_000 }, () => webSocketFrame(WebSocketOpcode.ping, new Uint8Array(125))),
    );
    const socket = dial({ port: target.webPort ?? 0, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.write(upgradeRequest());
    socket.write(webSocketFrame(WebSocketOpcode.binary, hello()));
    socket.pause();
    for (let sent = 0; sent < 400 * MIB && !socket.destroyed; sent += pings.length) {
      if (!socket.write(pings)) {
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), pause(500)]);
      }
    }
    socket.destroy();
  });
});

test('strangers at the port for servers disturb no client', async () => {
  await unnoticed('ws', async () => {
    const noise = new Noise(4);
    const port = await peerPortOf(target);
    const stranger = (ensembleName: string, from: number, to: number) =>
      frame(peerHello(ensembleName, from, to));
    await expectAllClosed(port, [
      [],
      [announced(-1)],
      [announced(2 ** 31 - 1)],
      [frame(new Uint8Array(0))],
      [stranger('another', 3, target.id)],
      [stranger('testkit', 77, target.id)],
      [stranger('testkit', 3, 77)],
      [stranger('testkit', target.id, target.id)],
      ...Array.from({ length: 15 }, (_, type) => [
        frame(Uint8Array.from([0, 0, 0, type, ...noise.bytes(64)])),
      ]),
      ...Array.from({ length: 200 }, () => [noise.bytes(1 + noise.below(2048))]),
      ...Array.from({ length: 200 }, () => [frame(noise.bytes(1 + noise.below(256)))]),
      ...Array.from({ length: 40 }, () => [announced(15 * MIB), noise.bytes(1024)]),
    ]);
  });
});

test('invalid requests to the admin API get an error and disturb no client', async () => {
  await unnoticed('ws', async () => {
    const requests = [
      { request: 'GET /nothing', status: 404 },
      { request: 'GET //', status: 404 },
      { request: 'GET /%ff%fe', status: 404 },
      { request: 'GET http://[', status: 404 },
      { request: 'POST /v1/status', status: 405 },
      { request: 'DELETE /', status: 405 },
      { request: 'GET /v1/fence', status: 400 },
      { request: 'GET /v1/fence?path=hostile&token=1', status: 400 },
      { request: 'GET /v1/fence?path=/a&token=-1', status: 400 },
      { request: 'GET /v1/fence?path=/a&token=1e400', status: 400 },
      { request: 'GET /v1/fence?path=/a/../b&token=1', status: 400 },
      { request: `GET /${'a'.repeat(100_000)}`, status: 431 },
      { request: 'NONSENSE /', status: 400 },
    ];
    const statuses = await inParallel(
      requests.map(({ request }) => async () => {
        const text = `${request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
        const { received } = await say(target.webPort ?? 0, [new TextEncoder().encode(text)]);
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(received.toString('latin1'))?.[1]);
        return `${request.slice(0, 60)}: ${status}`;
      }),
      1,
    );
    expect(statuses).toEqual(requests.map(({ request, status }) => `${request.slice(0, 60)}: ${status}`));
  });
});

/** Runs an attack while a client uses the server, and checks that the client notices nothing. */
async function unnoticed(door: 'tcp' | 'ws', attack: () => Promise<void>): Promise<void> {
  const { pid } = target;
  const { epoch } = await statusOf(target);
  const server = door === 'tcp' ? `tcp://127.0.0.1:${target.tcpPort}` : `ws://127.0.0.1:${target.webPort}`;
  await using bystander = await Bystander.start([server], `/bystanders/${homes++}`);
  const { length: logged } = await logOf(target);
  const rss = await rssOf(pid);
  const startedMs = performance.now();
  await attack();
  const seconds = (performance.now() - startedMs) / 1_000;
  const noticed = await bystander.stop();

  expect(noticed.failures).toEqual([]);
  expect(noticed.states).toEqual([]);
  expect(noticed.operations).toBeGreaterThan(10);
  expect(noticed.slowestMs).toBeLessThan(SLOWEST_MS_MAX);
  const { length: loggedAfter } = await logOf(target);
  expect(loggedAfter - logged).toBeLessThan(LOG_LINES_MAX + seconds * LOG_LINES_PER_SECOND_MAX);
  const rssAfter = await rssOf(pid);
  expect(rssAfter - rss).toBeLessThan(RSS_GROWTH_BYTES_MAX);
  expect(ensemble.members.every(({ running }) => running)).toBe(true);
  expect((await statusOf(target)).epoch).toBe(epoch);
  expect(new Set((await atOneZxid(ensemble)).map(({ digest }) => digest)).size).toBe(1);
}

let homes = 0;

/** Expects the server to close every connection within the time for a handshake. */
async function expectAllClosed(port: number, sayings: readonly (readonly Uint8Array[])[]): Promise<void> {
  const outcomes = await inParallel(
    sayings.map((parts, i) => async () => ({ i, ...(await say(port, parts)) })),
    64,
  );
  expect(outcomes.filter(({ closed }) => !closed).map(({ i }) => i)).toEqual([]);
}

interface RawRequest {
  readonly op: number;
  readonly record: Uint8Array;
}

/** Sends all requests in one session and returns the error codes of the answers in order. */
async function answersTo(
  door: 'tcp' | 'ws',
  version: number,
  requests: readonly RawRequest[],
): Promise<readonly number[]> {
  const native = version === ProtocolVersion.native;
  const frames = requests.map(({ op, record }, i) =>
    requestFrame({ xid: i + 1, opcode: op, flags: 0, confirmed: 0 }, record, native),
  );
  const stream = Buffer.concat([hello(version), ...frames, goodbye(requests.length + 1, native)]);
  const received = door === 'tcp' ? await say(target.tcpPort, [stream]) : await sayOverWebSocket(stream);
  expect(received.closed).toBe(true);
  const [handshake, ...answers] = framesOf(received.received);
  expect(handshake === undefined ? 0n : readConnectResponse(handshake).sessionId).not.toBe(0n);
  const headers = answers.map((answer) => readReplyHeader(new ByteReader(answer), native));
  expect(headers.map(({ xid }) => xid)).toEqual(Array.from({ length: requests.length + 1 }, (_, i) => i + 1));
  expect(headers.pop()?.error).toBe(ErrorNumber.OK);
  return headers.map(({ error }) => error);
}

function goodbye(xid: number, native: boolean): Uint8Array {
  const header = { xid, opcode: OpCode.closeSession, flags: 0, confirmed: 0 };
  return requestFrame(header, new Uint8Array(0), native);
}

function framesOf(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  new FrameDecoder().push(bytes, (found) => {
    frames.push(found);
    return true;
  });
  return frames;
}

async function sayOverWebSocket(bytes: Uint8Array<ArrayBuffer>): Promise<Outcome> {
  const socket = new WebSocket(`ws://127.0.0.1:${target.webPort}`, 'conclave.v1');
  socket.binaryType = 'arraybuffer';
  const received: Buffer[] = [];
  socket.addEventListener('message', ({ data }) => received.push(Buffer.from(data as ArrayBuffer)));
  socket.addEventListener('open', () => socket.send(bytes));
  await new Promise((resolve) => socket.addEventListener('close', resolve));
  return { received: Buffer.concat(received), closed: true };
}

/** Records whose counts and lengths are greater than their content. */
function hugeCounts(): RawRequest[] {
  const counts = [2 ** 31 - 1, 10_000_000, -2, -(2 ** 31)];
  return counts.flatMap((count) => {
    const record = (write: (writer: ByteWriter) => void): Uint8Array => {
      const writer = new ByteWriter(64);
      write(writer);
      return writer.take();
    };
    const watches = record((writer) => {
      writer.long(1);
      writer.int(count);
    });
    const acl = record((writer) => {
      writer.string('/hostile/x');
      writer.buffer(null);
      writer.int(count);
    });
    return [
      { op: OpCode.setWatches, record: watches },
      { op: OpCode.setNativeWatches, record: watches },
      { op: OpCode.create, record: acl },
      { op: OpCode.getData, record: record((writer) => writer.int(count)) },
      { op: OpCode.lineJoin, record: record((writer) => writer.int(count)) },
    ];
  });
}

const LINK_MAGIC = 0x434f4e43;

/** The first message between two servers. */
function peerHello(ensembleName: string, from: number, to: number): Uint8Array {
  const writer = new ByteWriter(64);
  writer.int(0);
  writer.int(LINK_MAGIC);
  writer.int(1);
  writer.string(ensembleName);
  writer.int(from);
  writer.int(to);
  return writer.take();
}

async function rssOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
