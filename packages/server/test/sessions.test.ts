import {
  ByteWriter,
  CreateFlag,
  ErrorNumber,
  OPEN_ACL,
  OpCode,
  ProtocolVersion,
  writeConnectRequest,
} from '@conclave/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';

let server: MemoryServer;
beforeEach(async () => {
  server = await MemoryServer.start({ sessionTimeoutMinMs: 2_000, sessionTimeoutMaxMs: 20_000 });
});
afterEach(() => server.close());

const create = (client: MemoryClient, path: string, flags: number = CreateFlag.persistent) =>
  client.request({ op: OpCode.create, path, data: null, acl: OPEN_ACL, flags });
const exists = (client: MemoryClient, path: string) =>
  client.request({ op: OpCode.exists, path, watch: false });

test.each([
  ['below the least', 1, 2_000],
  ['negative', -5, 2_000],
  ['within the bounds', 7_777, 7_777],
  ['above the most', 1_000_000, 20_000],
])('a timeout %s is granted as it may be', async (_which, timeoutMs, granted) => {
  expect(await server.dial().connect({ timeoutMs })).toMatchObject({ timeoutMs: granted });
});

test.each([
  ['without the read-only byte', undefined, 44, 36],
  ['that would read only', true, 45, 37],
  ['that would not', false, 45, 37],
])('a client %s is answered in its own form', async (_which, readOnly, asked, answered) => {
  const client = server.dial();
  const writer = new ByteWriter();
  const handshake = { protocolVersion: 0, lastZxidSeen: 0, timeoutMs: 5_000, sessionId: 0n };
  writeConnectRequest(writer, { ...handshake, password: new Uint8Array(16), readOnly });
  expect(writer.length).toBe(asked);
  client.send((frame) => frame.raw(writer.take()));
  const answer = await client.frame();
  expect(answer.length).toBe(answered);
  // There is no read-only mode: the byte says so.
  if (answered === 37) expect(answer.at(-1)).toBe(0);
});

const NO_SESSION = { sessionId: 0n, timeoutMs: 0, password: new Uint8Array(16) };

test('a session is renewed with its password alone, and whoever has it is not disturbed by another', async () => {
  const first = server.dial();
  const { sessionId } = await first.connect();
  const stranger = server.dial();
  expect(await stranger.connect({ sessionId, password: new Uint8Array(16) })).toMatchObject(NO_SESSION);
  await stranger.closed();
  expect(await create(first, '/still-here')).toMatchObject({ error: ErrorNumber.OK });
});

test.each([
  ['that never was', 0x1234_5678n],
  ['of a number that no session can have', -1n],
  ['of a number beyond all of them', 2n ** 62n],
])('a session %s is answered as one that has expired', async (_which, sessionId) => {
  const client = server.dial();
  expect(await client.connect({ sessionId })).toMatchObject(NO_SESSION);
  await client.closed();
});

test('a session that expired is gone with its ephemerals, and is told so', async () => {
  const witness = await server.connect({ timeoutMs: 20_000 });
  const client = server.dial();
  const { sessionId, password } = await client.connect({ timeoutMs: 2_000 });
  await create(client, '/e', CreateFlag.ephemeral);
  await witness.request({ op: OpCode.exists, path: '/e', watch: true });
  // Time in which the server did not run itself is not counted: so it runs.
  while (witness.events.length === 0) {
    server.aheadMs += 20;
    await witness.request({ op: OpCode.sync, path: '/' });
  }
  await client.closed();
  expect(await exists(witness, '/e')).toMatchObject({ error: ErrorNumber.NO_NODE });
  expect(await server.dial().connect({ sessionId, password })).toMatchObject(NO_SESSION);
});

test('a client that has seen what is not known here is closed without an answer', async () => {
  const { sessionId, password } = await server.dial().connect();
  for (const handshake of [{}, { sessionId, password }]) {
    const client = server.dial();
    await expect(client.connect({ ...handshake, lastZxidSeen: 2 ** 40 })).rejects.toThrow('has ended');
  }
});

test('a session that comes back finds all that it sent before, and its old connection is over', async () => {
  const first = server.dial();
  const { sessionId, password } = await first.connect();
  await create(first, '/e', CreateFlag.ephemeral);
  first.sendRequest({ op: OpCode.create, path: '/late', data: null, acl: OPEN_ACL, flags: 0 });
  const second = await server.connect({ sessionId, password });
  expect(first.isOpen).toBe(false);
  expect(await exists(second, '/e')).toMatchObject({ error: ErrorNumber.OK });
  const before = (await exists(second, '/late')).error;
  for (let i = 0; i < 20; i++) await second.request({ op: OpCode.sync, path: '/' });
  expect((await exists(second, '/late')).error, 'done before the session moved, or never').toBe(before);
});

test('of two connections for one session the later one has it', async () => {
  const { sessionId, password } = await server.dial().connect();
  const [one, two] = [server.dial(), server.dial()];
  const answers = [one.connect({ sessionId, password }), two.connect({ sessionId, password })];
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ sessionId });
  await one.closed();
  expect(await create(two, '/mine')).toMatchObject({ error: ErrorNumber.OK });
});

test('a session stays of its kind', async () => {
  const { sessionId, password } = await server.dial().connect();
  const { native, heartbeat } = ProtocolVersion;
  for (const protocolVersion of [native, heartbeat]) {
    const client = server.dial();
    expect(await client.connect({ protocolVersion, sessionId, password })).toMatchObject({ sessionId: 0n });
  }
});

test('who closes a session is answered, and the connection ends', async () => {
  const client = await server.connect();
  await create(client, '/e', CreateFlag.ephemeral);
  expect(await client.request({ op: OpCode.closeSession })).toMatchObject({ error: ErrorNumber.OK });
  await client.closed();
  expect(await exists(await server.connect(), '/e')).toMatchObject({ error: ErrorNumber.NO_NODE });
});

test('what a client sends behind its handshake waits for its session', async () => {
  const client = server.dial();
  const shaken = client.connect();
  client.sendRequest({ op: OpCode.create, path: '/early', data: null, acl: OPEN_ACL, flags: 0 }, { xid: 1 });
  client.sendRequest({ op: OpCode.exists, path: '/early', watch: false }, { xid: 2 });
  await shaken;
  expect(await client.reply(OpCode.create)).toMatchObject({ xid: 1, error: ErrorNumber.OK });
  expect(await client.reply(OpCode.exists)).toMatchObject({ xid: 2, error: ErrorNumber.OK });
});
