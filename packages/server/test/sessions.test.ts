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
  ['below the minimum is raised to it', 1, 2_000],
  ['that is negative is raised to the minimum', -5, 2_000],
  ['within the bounds is granted', 7_777, 7_777],
  ['above the maximum is lowered to it', 1_000_000, 20_000],
])('a session timeout %s', async (_which, timeoutMs, granted) => {
  expect(await server.dial().connect({ timeoutMs })).toMatchObject({ timeoutMs: granted });
});

test.each([
  ['without the read-only byte', undefined, 44, 36],
  ['with the read-only byte set', true, 45, 37],
  ['with the read-only byte not set', false, 45, 37],
])('a handshake %s is answered in the same form', async (_which, readOnly, asked, answered) => {
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

test('a session cannot be taken over without its password, and its connection stays open', async () => {
  const first = server.dial();
  const { sessionId } = await first.connect();
  const stranger = server.dial();
  expect(await stranger.connect({ sessionId, password: new Uint8Array(16) })).toMatchObject(NO_SESSION);
  await stranger.closed();
  expect(await create(first, '/still-here')).toMatchObject({ error: ErrorNumber.OK });
});

test.each([
  ['never existed', 0x1234_5678n],
  ['has an impossible number', -1n],
  ['has a number above all others', 2n ** 62n],
])('a session that %s is answered like an expired one', async (_which, sessionId) => {
  const client = server.dial();
  expect(await client.connect({ sessionId })).toMatchObject(NO_SESSION);
  await client.closed();
});

test('a session that expires loses its ephemeral nodes, and its client learns of it', async () => {
  const witness = await server.connect({ timeoutMs: 20_000 });
  const client = server.dial();
  const { sessionId, password } = await client.connect({ timeoutMs: 2_000 });
  await create(client, '/e', CreateFlag.ephemeral);
  await witness.request({ op: OpCode.exists, path: '/e', watch: true });
  // The server does not count time in which it did not run itself, so it must run while time passes.
  while (witness.events.length === 0) {
    server.aheadMs += 20;
    await witness.request({ op: OpCode.sync, path: '/' });
  }
  await client.closed();
  expect(await exists(witness, '/e')).toMatchObject({ error: ErrorNumber.NO_NODE });
  expect(await server.dial().connect({ sessionId, password })).toMatchObject(NO_SESSION);
});

test('a client that has seen a later zxid than this server is closed without an answer', async () => {
  const { sessionId, password } = await server.dial().connect();
  for (const handshake of [{}, { sessionId, password }]) {
    const client = server.dial();
    await expect(client.connect({ ...handshake, lastZxidSeen: 2 ** 40 })).rejects.toThrow('has ended');
  }
});

test('a session that moves to a new connection keeps its nodes, and no later write of the old one takes effect', async () => {
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

test('a session belongs to the later one of two connections', async () => {
  const { sessionId, password } = await server.dial().connect();
  const [one, two] = [server.dial(), server.dial()];
  const answers = [one.connect({ sessionId, password }), two.connect({ sessionId, password })];
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ sessionId });
  await one.closed();
  expect(await create(two, '/mine')).toMatchObject({ error: ErrorNumber.OK });
});

test('a ZooKeeper session cannot be taken over by a native client', async () => {
  const { sessionId, password } = await server.dial().connect();
  const { native, heartbeat } = ProtocolVersion;
  for (const protocolVersion of [native, heartbeat]) {
    const client = server.dial();
    expect(await client.connect({ protocolVersion, sessionId, password })).toMatchObject({ sessionId: 0n });
  }
});

test('closing a session is answered, ends the connection and deletes the ephemeral nodes', async () => {
  const client = await server.connect();
  await create(client, '/e', CreateFlag.ephemeral);
  expect(await client.request({ op: OpCode.closeSession })).toMatchObject({ error: ErrorNumber.OK });
  await client.closed();
  expect(await exists(await server.connect(), '/e')).toMatchObject({ error: ErrorNumber.NO_NODE });
});

test('requests sent right after the handshake wait for the session', async () => {
  const client = server.dial();
  const shaken = client.connect();
  client.sendRequest({ op: OpCode.create, path: '/early', data: null, acl: OPEN_ACL, flags: 0 }, { xid: 1 });
  client.sendRequest({ op: OpCode.exists, path: '/early', watch: false }, { xid: 2 });
  await shaken;
  expect(await client.reply(OpCode.create)).toMatchObject({ xid: 1, error: ErrorNumber.OK });
  expect(await client.reply(OpCode.exists)).toMatchObject({ xid: 2, error: ErrorNumber.OK });
});
