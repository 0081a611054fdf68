import { type Acl, makeZxid, OPEN_ACL, OpCode, type Zxid } from '@conclave/protocol';
import { type Command, decodePayload, encodeCommand, NO_CREDENTIALS, Tree, type Txn } from '@conclave/tree';

/**
 * How long the tree takes for one operation, in nanoseconds, with 100-byte values among 10,000 nodes.
 * Run: `node packages/tree/bench/tree.ts`
 */
const NODES = 10_000;
const ROUNDS = 200_000;

const tree = new Tree();
let counter = 0;

function txn(command: Command, sessionId = 0, xid = 0, native = false): Txn {
  const zxid = makeZxid(1, ++counter);
  return {
    zxid,
    time: 1_700_000_000_000 + counter,
    origin: 1,
    sessionId,
    xid,
    confirmed: xid - 16,
    native,
    credentials: NO_CREDENTIALS,
    quotasEnforced: true,
    command,
  };
}

function openSession(): number {
  const { zxid } = tree.apply(
    txn({ op: OpCode.createSession, timeoutMs: 10_000, password: new Uint8Array(16), native: true }),
  );
  return zxid;
}

function measure(name: string, rounds: number, step: (i: number) => void): void {
  for (let i = 0; i < rounds / 10; i++) step(i);
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) step(i + rounds);
  const nanoseconds = Number(process.hrtime.bigint() - start) / rounds;
  process.stdout.write(`${name.padEnd(34)} ${nanoseconds.toFixed(0).padStart(6)} ns\n`);
}

const data = new Uint8Array(100).fill(7);
const acl: readonly Acl[] = OPEN_ACL;
const paths = Array.from({ length: NODES }, (_, i) => `/bench/node-${i}`);
const session = openSession();
const other = openSession();
const asker = { sessionId: session, credentials: NO_CREDENTIALS };
const otherAsker = { sessionId: other, credentials: NO_CREDENTIALS };
tree.apply(txn({ op: OpCode.create, path: '/bench', data: null, acl, flags: 0 }));
tree.apply(txn({ op: OpCode.create, path: '/made', data: null, acl, flags: 0 }));
for (const path of paths) tree.apply(txn({ op: OpCode.create, path, data, acl, flags: 0 }));
const pathAt = (i: number): string => paths[(i * 7919) % NODES] ?? '';

measure('getData', ROUNDS, (i) => tree.read({ op: OpCode.getData, path: pathAt(i), watch: false }, asker));
measure('exists', ROUNDS, (i) => tree.read({ op: OpCode.exists, path: pathAt(i), watch: false }, asker));
measure('setData', ROUNDS, (i) => {
  tree.apply(txn({ op: OpCode.setData, path: pathAt(i), data, version: -1 }));
});
let xid = 0;
measure('setData, answers kept', ROUNDS, (i) => {
  tree.apply(txn({ op: OpCode.setData, path: pathAt(i), data, version: -1 }, session, ++xid, true));
});
measure('create', ROUNDS, (i) => {
  tree.apply(txn({ op: OpCode.create, path: `/made/node-${i}`, data, acl, flags: 0 }));
});
measure('create + delete', ROUNDS, (i) => {
  tree.apply(txn({ op: OpCode.create, path: `/bench/gone-${i}`, data, acl, flags: 0 }));
  tree.apply(txn({ op: OpCode.delete, path: `/bench/gone-${i}`, version: -1 }));
});
measure('lock + unlock, none waiting', ROUNDS, () => {
  tree.apply(
    txn(
      { op: OpCode.lineJoin, path: '/free', prefix: 'a-lock-', data: null, wait: true },
      session,
      ++xid,
      true,
    ),
  );
  tree.apply(txn({ op: OpCode.lineLeave, path: '/free', prefix: 'a-lock-' }, session, ++xid, true));
});
for (let i = 0; i < 100_000; i++) {
  tree.apply(
    txn({ op: OpCode.lineJoin, path: '/busy', prefix: `${i}-lock-`, data: null, wait: true }, other),
  );
}
measure('lock + unlock, 100,000 waiting', 50_000, (i) => {
  tree.apply(
    txn({ op: OpCode.lineJoin, path: '/busy', prefix: `${i}-x-lock-`, data: null, wait: true }, other),
  );
  tree.apply(txn({ op: OpCode.lineLeave, path: '/busy', prefix: `${i}-lock-` }, other));
});
measure('position among 100,000', ROUNDS, (i) => {
  tree.read({ op: OpCode.lineStatus, path: '/busy', prefix: `${(i * 31) % 50_000}-x-lock-` }, otherAsker);
});

const record: Command = { op: OpCode.setData, path: pathAt(1), data, version: -1 };
const payload = encodeCommand({ origin: 1, sessionId: session, xid: 1, confirmed: 0, native: true }, record);
measure('decode a payload', ROUNDS, () => decodePayload(5 as Zxid, payload));

tree.beginCheckpoint();
const start = process.hrtime.bigint();
let rows = 0;
while (!tree.checkpointDone()) rows += tree.checkpointRows(1000).length;
const nanoseconds = Number(process.hrtime.bigint() - start) / rows;
process.stdout.write(`${'a checkpoint row'.padEnd(34)} ${nanoseconds.toFixed(0).padStart(6)} ns\n`);
