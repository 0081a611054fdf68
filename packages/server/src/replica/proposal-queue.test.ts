import { OpCode } from '@conclave/protocol';
import { encodeCommand, peekPayload } from '@conclave/tree';
import { beforeEach, expect, test } from 'vitest';
import { LEADER_XID, ProposalQueue } from './proposal-queue.ts';

const FIRST = 1;
const SECOND = 2;

let queue: ProposalQueue;

beforeEach(() => {
  queue = new ProposalQueue();
});

/** A request of a session; with `LEADER_XID` the leader's own end of it. */
function request(sessionId: number, xid: number): Uint8Array {
  const reason = xid === LEADER_XID ? 'expired' : 'client';
  const fields = { origin: 1, sessionId, xid, confirmed: 0, native: true };
  return encodeCommand(fields, { op: OpCode.closeSession, reason });
}

function xids(payloads: readonly Uint8Array[]): number[] {
  return payloads.map((payload) => peekPayload(payload).xid);
}

test('requests are taken in the order in which they came, as many as there is room for', () => {
  for (let xid = 1; xid <= 5; xid++) queue.push(FIRST, request(7, xid));
  expect(xids(queue.take(0))).toEqual([]);
  expect(xids(queue.take(2))).toEqual([1, 2]);
  expect(queue.length).toBe(3);
  expect(xids(queue.take(10))).toEqual([3, 4, 5]);
  expect(xids(queue.take(10))).toEqual([]);
});

test('a session with another connection loses the requests that it sent over the last one', () => {
  queue.push(FIRST, request(7, 1));
  queue.push(FIRST, request(8, 2));
  queue.supersede(7);
  queue.push(SECOND, request(7, 3));
  expect(xids(queue.take(10))).toEqual([2, 3]);
});

test('a server whose stream has ended loses its requests, and the leader none of its own', () => {
  queue.push(FIRST, request(7, 1));
  queue.push(SECOND, request(8, 2));
  queue.push(FIRST, request(9, LEADER_XID));
  queue.dropFrom(FIRST);
  expect(xids(queue.take(10))).toEqual([2, LEADER_XID]);
});
