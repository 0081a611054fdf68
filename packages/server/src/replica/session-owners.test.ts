import { makeZxid, OpCode, ZXID_ZERO } from '@conclave/protocol';
import { decodePayload, encodeCommand, Tree } from '@conclave/tree';
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeClock } from '../environment/node-environment.ts';
import { SessionOwners } from './session-owners.ts';

const FIRST = 1;
const SECOND = 2;
const TIMEOUT_MS = 1_000;
const SLACK_MS = 100;
const LATER = makeZxid(1, 100);

let nowMs: number;
let tree: Tree;
let owners: SessionOwners;
let sessionId: number;

beforeEach(() => {
  nowMs = 0;
  tree = new Tree();
  sessionId = 0;
  owners = new SessionOwners(tree, { ...nodeClock, monotonicMs: () => nowMs }, SLACK_MS);
  sessionId = create(FIRST, 1);
});

/** Applies the creation of a session for a client of `server`. */
function create(server: number, counter: number): number {
  const payload = encodeCommand(
    { origin: server, sessionId: 0, xid: counter, confirmed: 0, native: true },
    { op: OpCode.createSession, timeoutMs: TIMEOUT_MS, password: new Uint8Array(16), native: true },
  );
  const txn = decodePayload(makeZxid(1, counter), payload);
  const applied = tree.apply(txn);
  owners.applied(txn, applied);
  return applied.sessionCreated?.id ?? 0;
}

/** Lets time pass, and returns the time at which the session expires. */
function expiryMs(): number | undefined {
  for (const untilMs = nowMs + 10 * TIMEOUT_MS; nowMs < untilMs; nowMs += 50) {
    if (owners.sweep(50).includes(sessionId)) return nowMs;
  }
  return undefined;
}

describe('a session', () => {
  test('is accepted only from the server that has its connection', () => {
    expect(owners.maySend(FIRST, sessionId, tree.lastZxid)).toBe(true);
    expect(owners.maySend(SECOND, sessionId, tree.lastZxid)).toBe(false);
    expect(owners.claim(SECOND, { id: sessionId, since: LATER })).toBe(FIRST);
    expect(owners.maySend(FIRST, sessionId, tree.lastZxid)).toBe(false);
    expect(owners.maySend(SECOND, sessionId, tree.lastZxid)).toBe(true);
  });

  test('belongs to the later of two claims', () => {
    expect(owners.hasMoved(SECOND, { id: sessionId, since: tree.lastZxid })).toBe(true);
    expect(owners.hasMoved(SECOND, { id: sessionId, since: LATER })).toBe(false);
    expect(owners.hasMoved(FIRST, { id: sessionId, since: ZXID_ZERO })).toBe(false);
  });

  test('is given back only for its password', () => {
    expect(owners.revalidate(sessionId, new Uint8Array(16))).toBe(true);
    expect(owners.revalidate(sessionId, new Uint8Array(16).fill(1))).toBe(false);
    expect(owners.revalidate(sessionId + 1, new Uint8Array(16))).toBe(false);
  });

  test('has a full timeout again when the server with its heartbeats is lost', () => {
    nowMs = TIMEOUT_MS / 2;
    owners.touch(SECOND, [sessionId]);
    nowMs = TIMEOUT_MS;
    owners.detach(SECOND);
    const endMs = expiryMs();
    expect(endMs).toBeGreaterThanOrEqual(2 * TIMEOUT_MS);
    expect(endMs).toBeLessThan(2 * TIMEOUT_MS + 4 * SLACK_MS);
  });
});
