import fc from 'fast-check';
import {
  type Acl,
  ByteWriter,
  type ConnectRequest,
  type ConnectResponse,
  type MultiOperation,
  type MultiReadOperation,
  type MultiReadResult,
  type MultiResult,
  OPEN_ACL,
  OpCode,
  type ReplyHeader,
  type Request,
  type RequestHeader,
  type Response,
  type Stat,
  type UnguardedWrite,
  type WatcherEvent,
  type Zxid,
} from '../src/index.ts';

/** Every value that the wire can carry, with the borders of each type more often than chance would have them. */

export const int = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 1, -1, 0xff, 0xffff, 2 ** 31 - 1, -(2 ** 31)),
);
export const long = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, 1, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53 - 1)),
);
export const bigLong = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)),
);
/** Any text but half surrogate pairs, which UTF-8 cannot say; of lengths on both sides of where short text ends. */
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'binary-ascii', maxLength: 80 }),
  fc.constantFrom('', '/', '\ufffd', '\ufeff/bom', '/\0', '/straße', '/😀', '/a'.repeat(100)),
);
export const buffer = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constant(null));
const texts = fc.array(text, { maxLength: 8 });
const zxid = long.map((value) => value as Zxid);

export const acl: fc.Arbitrary<readonly Acl[]> = fc.oneof(
  fc.array(fc.record({ permissions: int, scheme: text, id: text }), { maxLength: 4 }),
  fc.constant(OPEN_ACL),
);

export const stat: fc.Arbitrary<Stat> = fc.record({
  czxid: zxid,
  mzxid: zxid,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: bigLong,
  dataLength: int,
  numChildren: int,
  pzxid: zxid,
});

const create = fc.record({
  op: fc.constantFrom(OpCode.create, OpCode.create2, OpCode.createContainer),
  path: text,
  data: buffer,
  acl,
  flags: int,
});
const createTtl = fc.record({
  op: fc.constant(OpCode.createTTL),
  path: text,
  data: buffer,
  acl,
  flags: int,
  ttl: long,
});
const remove = fc.record({ op: fc.constant(OpCode.delete), path: text, version: int });
const setData = fc.record({ op: fc.constant(OpCode.setData), path: text, data: buffer, version: int });
const check = fc.record({ op: fc.constant(OpCode.check), path: text, version: int });
const multiOperation: fc.Arbitrary<MultiOperation> = fc.oneof(create, createTtl, remove, setData, check);
const multiReadOperation: fc.Arbitrary<MultiReadOperation> = fc.record({
  op: fc.constantFrom(OpCode.getData, OpCode.getChildren),
  path: text,
  watch: fc.boolean(),
});

const unguardedWrite: fc.Arbitrary<UnguardedWrite> = fc.oneof(
  create,
  createTtl,
  remove,
  setData,
  fc.record({ op: fc.constant(OpCode.setACL), path: text, acl, version: int }),
  fc.record({ op: fc.constant(OpCode.multi), operations: fc.array(multiOperation, { maxLength: 6 }) }),
  fc.record({
    op: fc.constant(OpCode.lineJoin),
    path: text,
    prefix: text,
    data: buffer,
    wait: fc.boolean(),
  }),
  fc.record({ op: fc.constant(OpCode.lineLeave), path: text, prefix: text }),
  fc.record({ op: fc.constant(OpCode.barrierEnter), path: text, name: text, parties: int, data: buffer }),
  fc.record({ op: fc.constant(OpCode.barrierLeave), path: text, name: text }),
);

const persistentWatches = { persistent: texts, persistentRecursive: texts };
const watches = { relativeZxid: long, data: texts, exist: texts, child: texts };

export const request: fc.Arbitrary<Request> = fc.oneof(
  unguardedWrite,
  fc.record({ op: fc.constant(OpCode.guarded), path: text, token: long, write: unguardedWrite }),
  fc.record({
    op: fc.constantFrom(
      OpCode.exists,
      OpCode.getData,
      OpCode.getChildren,
      OpCode.getChildren2,
      OpCode.lineHolder,
    ),
    path: text,
    watch: fc.boolean(),
  }),
  fc.record({ op: fc.constant(OpCode.lineStatus), path: text, prefix: text }),
  fc.record({
    op: fc.constantFrom(OpCode.sync, OpCode.getACL, OpCode.getAllChildrenNumber, OpCode.getEphemerals),
    path: text,
  }),
  fc.record({
    op: fc.constant(OpCode.multiRead),
    operations: fc.array(multiReadOperation, { maxLength: 6 }),
  }),
  fc.record({
    op: fc.constant(OpCode.listChildren),
    path: text,
    after: text,
    limit: int,
    watch: fc.boolean(),
  }),
  fc.record({ op: fc.constant(OpCode.setWatches), ...watches }),
  fc.record({ op: fc.constant(OpCode.setWatches2), ...watches, ...persistentWatches }),
  fc.record({
    op: fc.constant(OpCode.setNativeWatches),
    ...watches,
    ...persistentWatches,
    holder: texts,
  }),
  fc.record({ op: fc.constant(OpCode.addWatch), path: text, mode: int }),
  fc.record({ op: fc.constantFrom(OpCode.checkWatches, OpCode.removeWatches), path: text, type: int }),
  fc.record({ op: fc.constant(OpCode.auth), scheme: text, auth: buffer }),
  fc.record({ op: fc.constant(OpCode.sasl), token: buffer }),
  fc.record({
    op: fc.constant(OpCode.reconfig),
    joiningServers: text,
    leavingServers: text,
    newMembers: text,
    currentConfig: long,
  }),
  fc.record({ op: fc.constantFrom(OpCode.ping, OpCode.closeSession, OpCode.whoAmI) }),
);

const multiResult: fc.Arbitrary<MultiResult> = fc.oneof(
  fc.record({ op: fc.constant(OpCode.create), path: text }),
  fc.record({ op: fc.constant(OpCode.create2), path: text, stat }),
  fc.record({ op: fc.constant(OpCode.setData), stat }),
  fc.record({ op: fc.constantFrom(OpCode.delete, OpCode.check) }),
  fc.record({ op: fc.constant(OpCode.error), error: int }),
);

const multiReadResult: fc.Arbitrary<MultiReadResult> = fc.oneof(
  fc.record({ op: fc.constant(OpCode.getData), data: buffer, stat }),
  fc.record({ op: fc.constant(OpCode.getChildren), children: texts }),
  fc.record({ op: fc.constant(OpCode.error), error: int }),
);

export const response: fc.Arbitrary<Response> = fc.oneof(
  fc.record({ op: fc.constant(OpCode.create), path: text }),
  fc.record({
    op: fc.constantFrom(OpCode.create2, OpCode.createContainer, OpCode.createTTL),
    path: text,
    stat,
  }),
  fc.record({ op: fc.constantFrom(OpCode.setData, OpCode.exists, OpCode.setACL), stat }),
  fc.record({ op: fc.constantFrom(OpCode.getData, OpCode.reconfig), data: buffer, stat }),
  fc.record({ op: fc.constant(OpCode.getACL), acl, stat }),
  fc.record({ op: fc.constant(OpCode.getAllChildrenNumber), total: int }),
  fc.record({ op: fc.constant(OpCode.getEphemerals), ephemerals: texts }),
  fc.record({ op: fc.constant(OpCode.listChildren), children: texts, more: fc.boolean(), stat }),
  fc.record({
    op: fc.constant(OpCode.multiRead),
    results: fc.array(multiReadResult, { maxLength: 6 }),
  }),
  fc.record({
    op: fc.constant(OpCode.whoAmI),
    identities: fc.array(fc.record({ scheme: text, id: text }), { maxLength: 3 }),
  }),
  fc.record({ op: fc.constant(OpCode.sasl), token: buffer }),
  fc.record({ op: fc.constant(OpCode.getChildren), children: texts }),
  fc.record({ op: fc.constant(OpCode.getChildren2), children: texts, stat }),
  fc.record({ op: fc.constant(OpCode.sync), path: text }),
  fc.record({ op: fc.constant(OpCode.multi), results: fc.array(multiResult, { maxLength: 6 }) }),
  fc.record({
    op: fc.constantFrom(OpCode.lineJoin, OpCode.lineStatus),
    granted: fc.boolean(),
    node: text,
    token: long,
    position: int,
  }),
  fc.record({ op: fc.constant(OpCode.lineHolder), node: text, token: long, session: bigLong, data: buffer }),
  fc.record({ op: fc.constant(OpCode.barrierEnter), opened: long, present: int }),
  fc.record({ op: fc.constant(OpCode.barrierLeave), opened: long, remaining: int }),
  fc.record({
    op: fc.constantFrom(
      OpCode.delete,
      OpCode.check,
      OpCode.ping,
      OpCode.auth,
      OpCode.setWatches,
      OpCode.setWatches2,
      OpCode.setNativeWatches,
      OpCode.addWatch,
      OpCode.checkWatches,
      OpCode.removeWatches,
      OpCode.closeSession,
      OpCode.lineLeave,
    ),
  }),
);

export const watcherEvent: fc.Arbitrary<WatcherEvent> = fc.record({ type: int, state: int, path: text });

export const nativeRequestHeader: fc.Arbitrary<RequestHeader> = fc.record({
  xid: long,
  opcode: int,
  flags: int,
  confirmed: long,
});
export const zooKeeperRequestHeader: fc.Arbitrary<RequestHeader> = fc.record({
  xid: int,
  opcode: int,
  flags: fc.constant(0),
  confirmed: fc.constant(0),
});
export const nativeReplyHeader: fc.Arbitrary<ReplyHeader> = fc.record({ xid: long, zxid, error: int });
export const zooKeeperReplyHeader: fc.Arbitrary<ReplyHeader> = fc.record({ xid: int, zxid, error: int });

const password = fc.uint8Array({ maxLength: 64 });
const readOnly = fc.option(fc.boolean(), { nil: undefined });

export const connectRequest: fc.Arbitrary<ConnectRequest> = fc.record({
  protocolVersion: int,
  lastZxidSeen: long,
  timeoutMs: int,
  sessionId: bigLong,
  password,
  readOnly,
});
export const connectResponse: fc.Arbitrary<ConnectResponse> = fc.record({
  protocolVersion: int,
  timeoutMs: int,
  sessionId: bigLong,
  password,
  readOnly,
});

/** What `write` puts into a fresh writer. */
export function encoded(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.take();
}
