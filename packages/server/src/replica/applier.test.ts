import { InvariantError, makeZxid, OpCode } from '@conclave/protocol';
import { encodeCommand, Tree } from '@conclave/tree';
import { beforeEach, expect, test } from 'vitest';
import { nodeClock } from '../environment/node-environment.ts';
import { Applier } from './applier.ts';

let applied: number[];
let applier: Applier;

beforeEach(() => {
  applied = [];
  applier = new Applier(new Tree(), nodeClock, ({ zxid }) => applied.push(zxid));
});

function entry(epoch: number, counter: number) {
  const payload = encodeCommand(
    { origin: 1, sessionId: 0, xid: counter, confirmed: 0, native: true },
    { op: OpCode.createSession, timeoutMs: 1_000, password: new Uint8Array(16), native: true },
  );
  return { zxid: makeZxid(epoch, counter), payload };
}

test('entries are applied in order, and one that the tree has is passed over', () => {
  applier.push([entry(1, 1), entry(1, 2), entry(3, 1)]);
  applier.applyAll();
  applier.push([entry(3, 1), entry(3, 2)]);
  applier.applyAll();
  expect(applied).toEqual([makeZxid(1, 1), makeZxid(1, 2), makeZxid(3, 1), makeZxid(3, 2)]);
});

test.each([
  ['within an epoch', 1, 3],
  ['at the beginning of an epoch', 2, 2],
])('no entry is applied over a gap %s', (_where, epoch, counter) => {
  applier.push([entry(1, 1), entry(epoch, counter)]);
  expect(() => applier.applyAll()).toThrow(InvariantError);
  expect(applied).toEqual([makeZxid(1, 1)]);
});
