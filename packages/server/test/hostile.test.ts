import {
  ByteWriter,
  type CheckRequest,
  CreateFlag,
  ErrorNumber,
  OPEN_ACL,
  OpCode,
  ProtocolVersion,
  type Request,
  SpecialXid,
  writeConnectRequest,
  writeRequest,
} from '@conclave/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';
import {
  authRequests,
  bareRequests,
  check,
  nativeRequests,
  zookeeperRequests,
} from './support/sample-requests.ts';

let server: MemoryServer;
let bystander: MemoryClient;

beforeEach(async () => {
  server = await MemoryServer.start();
  bystander = await server.connect();
  const node = { data: new Uint8Array(0), acl: OPEN_ACL, flags: CreateFlag.persistent };
  await bystander.request({ op: OpCode.create, path: '/sample', ...node });
});
afterEach(async () => {
  expect(await bystander.request({ op: OpCode.sync, path: '/' })).toMatchObject({ error: ErrorNumber.OK });
  await server.close();
});

const nameByOpcode = new Map<number, string>(Object.entries(OpCode).map(([name, op]) => [op, name]));
const named = (requests: readonly Request[]) =>
  requests.map((request) => [nameByOpcode.get(request.op) ?? '', request] as const);

function recordOf(request: Request | CheckRequest): Uint8Array {
  const writer = new ByteWriter();
  writeRequest(writer, request);
  return writer.take();
}

/** Copies of the record, each with an int written over it at another byte. */
function* withIntAnywhere(record: Uint8Array, value: number): Generator<Uint8Array> {
  for (let at = 0; at + 4 <= record.length; at++) {
    const damaged = record.slice();
    new DataView(damaged.buffer).setInt32(at, value);
    yield damaged;
  }
}

function* prefixes(record: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < record.length; length++) yield record.slice(0, length);
}

const connectFor = (native: boolean) =>
  server.connect({ protocolVersion: native ? ProtocolVersion.native : ProtocolVersion.zookeeper });

describe.each([
  ['ZooKeeper', false, [...zookeeperRequests, { op: OpCode.whoAmI } as const]],
  ['native', true, [...nativeRequests, ...zookeeperRequests]],
] as const)('on a %s session', (_kind, native, requests) => {
  test.each(named(requests))(
    'a record of %s that is too short or too long is answered with MARSHALLING_ERROR',
    async (_name, request) => {
      const client = await connectFor(native);
      const record = recordOf(request);
      const damaged = [...prefixes(record), Uint8Array.of(...record, 0)];
      for (const [i, bytes] of damaged.entries()) client.sendRaw(request.op, bytes, i + 1);
      for (const i of damaged.keys()) {
        expect(await client.reply(request.op)).toMatchObject({
          xid: i + 1,
          error: ErrorNumber.MARSHALLING_ERROR,
        });
      }
      expect(await client.request({ op: OpCode.sync, path: '/' }, { xid: 1_000 })).toMatchObject({
        error: 0,
      });
    },
  );

  test.each(named(requests))(
    'a record of %s is answered whatever lengths and numbers it contains',
    async (_name, request) => {
      const client = await connectFor(native);
      const record = recordOf(request);
      let xid = 0;
      for (const value of [-1, -2, 2 ** 31 - 1, -(2 ** 31), 0x10_0000]) {
        for (const bytes of withIntAnywhere(record, value)) client.sendRaw(request.op, bytes, ++xid);
      }
      client.sendRequest({ op: OpCode.sync, path: '/' }, { xid: ++xid });
      for (let i = 1; i <= xid; i++) expect(await client.replyHeader()).toMatchObject({ xid: i });
      expect(client.isOpen).toBe(true);
    },
  );

  test.each(named(requests.filter((request) => 'path' in request)))(
    'a path in %s that is not UTF-8 is answered with MARSHALLING_ERROR',
    async (_name, request) => {
      const client = await connectFor(native);
      const record = recordOf(request);
      record[5] = 0xff;
      client.sendRaw(request.op, record, 1);
      expect(await client.replyHeader()).toMatchObject({ xid: 1, error: ErrorNumber.MARSHALLING_ERROR });
    },
  );
});

test('the sample requests contain every operation', () => {
  const samples = [...zookeeperRequests, ...nativeRequests, ...authRequests, ...bareRequests, check];
  const internal = [OpCode.error, OpCode.createSession, OpCode.moveSession, OpCode.deleteContainer] as const;
  expect(new Set([...samples.map(({ op }) => op), ...internal])).toEqual(new Set(Object.values(OpCode)));
});

describe('a request that no client may send', () => {
  const forbidden = [
    ['an event', 0],
    ['an unknown number', 10],
    ['a bare check', OpCode.check],
    ["the servers' own deleteContainer", OpCode.deleteContainer],
    ['error', OpCode.error],
    ['createSession', OpCode.createSession],
    ['moveSession', OpCode.moveSession],
  ] as const;

  test.each([...forbidden, ['a native operation', OpCode.lineJoin]] as const)(
    '%s is answered with UNIMPLEMENTED, and ends a ZooKeeper connection as in ZooKeeper',
    async (_what, opcode) => {
      const client = await connectFor(false);
      client.sendRaw(opcode, recordOf(check), 1);
      client.sendRequest({ op: OpCode.sync, path: '/' }, { xid: 2 });
      expect(await client.replyHeader()).toMatchObject({ xid: 1, error: ErrorNumber.UNIMPLEMENTED });
      await client.closed();
      await expect(client.replyHeader()).rejects.toThrow('the stream has ended');
    },
  );

  test.each(forbidden)(
    '%s is answered with UNIMPLEMENTED, and a native connection stays open',
    async (_what, opcode) => {
      const client = await connectFor(true);
      client.sendRaw(opcode, recordOf(check), 1);
      expect(await client.replyHeader()).toMatchObject({ xid: 1, error: ErrorNumber.UNIMPLEMENTED });
      expect(await client.request({ op: OpCode.sync, path: '/' }, { xid: 2 })).toMatchObject({ error: 0 });
    },
  );
});

test.each(named(authRequests))('a damaged record of %s ends the connection', async (_name, request) => {
  for (const bytes of prefixes(recordOf(request))) {
    const client = await connectFor(false);
    client.sendRaw(request.op, bytes, SpecialXid.auth);
    await client.closed();
  }
});

test('a request without its whole header ends the connection', async () => {
  for (let length = 0; length < 8; length++) {
    const client = await connectFor(false);
    client.send((writer) => writer.raw(new Uint8Array(length)));
    await client.closed();
  }
});

test('a handshake that is too short, too long or contains a wrong length ends its connection', async () => {
  const writer = new ByteWriter();
  const handshake = { protocolVersion: 0, lastZxidSeen: 0, timeoutMs: 10_000, sessionId: 0n };
  writeConnectRequest(writer, { ...handshake, password: new Uint8Array(16), readOnly: undefined });
  const whole = writer.take();
  const damaged = [...prefixes(whole), Uint8Array.of(...whole, 2), Uint8Array.of(...whole, 0, 0)];
  for (const length of [-2, 17, 2 ** 31 - 1, -(2 ** 31)]) {
    const bytes = whole.slice();
    new DataView(bytes.buffer).setInt32(24, length);
    damaged.push(bytes);
  }
  for (const bytes of damaged) {
    const client = server.dial();
    client.send((frame) => frame.raw(bytes));
    await client.closed();
  }
});
