import { CreateFlag, ErrorNumber, makeZxid, OPEN_ACL, OpCode, type Zxid } from '@conclave/protocol';
import { decodePayload, encodeCommand, Tree, type Txn } from '@conclave/tree';
import type { FollowerStatus, ServerId } from '@conclave/zab';
import { describe, expect, test } from 'vitest';
import type { LinkMessage } from '../peers/link-messages.ts';
import { LeaderDesk } from './leader-desk.ts';

const LEADER = 1;
const TIMEOUT_MS = 10_000;
const SLACK_MS = 600;
const INTERVAL_MS = 50;
const PASSWORD = new Uint8Array(16).fill(7);

/** A leader's desk over a broadcast that commits on command. */
class Leader {
  nowMs = 1_000;
  canPropose = true;
  readonly tree = new Tree();
  readonly sent: { to: ServerId; message: LinkMessage }[] = [];
  readonly confirmations: number[] = [];
  readonly desk: LeaderDesk;
  #proposed: Txn[] = [];
  #counter = 0;

  constructor() {
    const leader = this;
    this.desk = new LeaderDesk(
      {
        id: LEADER,
        clock: {
          monotonicMs: () => this.nowMs,
          wallMs: () => this.nowMs,
          after: () => () => undefined,
          endOfTurn: () => undefined,
        },
        expirySlackMs: SLACK_MS,
        lastTimeMs: 0,
        outstandingMax: 100,
        send: (to, message) => this.sent.push({ to, message }),
      },
      this.tree,
      {
        get canPropose() {
          return leader.canPropose;
        },
        get lastLogged() {
          return leader.lastLogged;
        },
        outstanding: 0,
        propose: (payloads) => {
          for (const payload of payloads) {
            this.#proposed.push(decodePayload(makeZxid(1, ++this.#counter), payload));
          }
        },
        confirmLeadership: (request) => this.confirmations.push(request),
        applyCommitted: () => this.commit(),
      },
    );
  }

  get lastLogged(): Zxid {
    return makeZxid(1, this.#counter);
  }

  get proposed(): readonly Txn[] {
    return this.#proposed;
  }

  commit(): void {
    for (const txn of this.#proposed.splice(0)) this.desk.applied(txn, this.tree.apply(txn));
  }

  attach(...servers: ServerId[]): void {
    for (const server of servers) this.desk.handle(server, { type: 'attach', sessions: [] });
    this.sent.length = 0;
  }

  /** Proposes a new session of a client of `server`; its id is its zxid. */
  propose(server: ServerId): number {
    const command = { op: OpCode.createSession, timeoutMs: TIMEOUT_MS, password: PASSWORD, native: true };
    const fields = { origin: server, sessionId: 0, xid: 1, confirmed: 0, native: true };
    this.desk.handle(server, { type: 'forward', payloads: [encodeCommand(fields, command)] });
    this.desk.work();
    return this.lastLogged;
  }

  openSession(server: ServerId): number {
    const id = this.propose(server);
    this.commit();
    return id;
  }

  write(server: ServerId, sessionId: number, xid: number): void {
    const command = { op: OpCode.delete, path: '/none', version: -1 };
    const fields = { origin: server, sessionId, xid, confirmed: 0, native: true };
    this.desk.handle(server, { type: 'forward', payloads: [encodeCommand(fields, command)] });
  }

  /** Lets time pass, and returns which sessions end when. */
  elapse(byMs: number, done: Map<number, number> = new Map()): Map<number, number> {
    for (const end = this.nowMs + byMs; this.nowMs < end; ) {
      this.nowMs += INTERVAL_MS;
      this.desk.expireSessions(INTERVAL_MS);
      this.desk.work();
      for (const { sessionId } of this.#proposed) done.set(sessionId, this.nowMs);
      this.commit();
    }
    return done;
  }
}

function active(...ids: ServerId[]): FollowerStatus[] {
  return ids.map((id) => ({ id, phase: 'broadcast', acked: makeZxid(1, 0) }));
}

describe('a server that falls silent', () => {
  // It answers its clients until it notices. The leader does not know what it has not passed on by then.
  test('gives the sessions that it holds a full timeout, although its stream still looks alive', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(2);
    leader.elapse(3_300);
    leader.desk.keep(active(3));
    const lostMs = leader.nowMs;
    const endedMs = leader.elapse(30_000).get(session) ?? Number.NaN;
    expect(endedMs).toBeGreaterThanOrEqual(lostMs + TIMEOUT_MS + SLACK_MS);
  });

  test('gives a full timeout also to the sessions that send it only heartbeats', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(2);
    leader.desk.handle(3, { type: 'touch', sessions: [session] });
    leader.elapse(3_300);
    leader.desk.keep(active(2));
    const lostMs = leader.nowMs;
    const endedMs = leader.elapse(30_000).get(session) ?? Number.NaN;
    expect(endedMs).toBeGreaterThanOrEqual(lostMs + TIMEOUT_MS + SLACK_MS);
  });

  test('gives no time to the sessions of other servers', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(2);
    const openedMs = leader.nowMs;
    leader.elapse(3_300);
    leader.desk.keep(active(2));
    const endedMs = leader.elapse(30_000).get(session) ?? Number.NaN;
    expect(endedMs).toBeLessThan(openedMs + TIMEOUT_MS + SLACK_MS + 4 * INTERVAL_MS);
  });

  test('is ignored until it has attached again', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    leader.desk.keep(active(3));
    leader.desk.handle(2, { type: 'readIndex', request: 1 });
    leader.desk.work();
    expect(leader.confirmations).toEqual([]);
    leader.attach(2);
    leader.desk.handle(2, { type: 'readIndex', request: 1 });
    leader.desk.work();
    expect(leader.confirmations).toEqual([1]);
  });
});

describe('a session whose client comes back', () => {
  const REQUEST = 5;

  function comeBack(leader: Leader, server: ServerId, sessionId: number): void {
    leader.desk.handle(server, { type: 'revalidate', request: REQUEST, sessionId, password: PASSWORD });
  }

  test.each([
    ['the same server', 2],
    ['another server', 3],
  ])('to %s leaves no request behind that could still be proposed', (_which, to) => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(2);
    leader.canPropose = false;
    leader.write(2, session, 7);
    expect(leader.desk.waiting).toBe(1);
    comeBack(leader, to, session);
    leader.canPropose = true;
    leader.desk.work();
    expect(leader.proposed).toMatchObject([
      { origin: to, sessionId: session, xid: REQUEST, command: { op: OpCode.moveSession } },
    ]);
  });

  test('keeps the requests that it sends from there, in order with those of others', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(2);
    const other = leader.openSession(2);
    leader.canPropose = false;
    leader.write(2, session, 7);
    leader.write(2, other, 8);
    comeBack(leader, 3, session);
    leader.write(3, session, 9);
    leader.write(2, other, 10);
    leader.canPropose = true;
    leader.desk.work();
    expect(leader.proposed.map(({ xid }) => xid)).toEqual([8, REQUEST, 9, 10]);
  });

  test('is refused if it sends through the server that it left', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(2);
    comeBack(leader, 3, session);
    leader.sent.length = 0;
    leader.write(2, session, 7);
    expect(leader.desk.waiting).toBe(1);
    expect(leader.sent).toEqual([
      { to: 2, message: { type: 'refused', sessionId: session, xid: 7, error: ErrorNumber.SESSION_MOVED } },
    ]);
  });

  test('and moves again before the leader has applied the first move belongs to the last server', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.openSession(LEADER);
    comeBack(leader, 2, session);
    leader.desk.work();
    comeBack(leader, 3, session);
    leader.commit();
    leader.sent.length = 0;
    leader.write(3, session, 7);
    expect(leader.sent).toEqual([]);
  });

  test('is known although the leader has not applied its creation yet', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    const session = leader.propose(2);
    expect(leader.tree.session(session)).toBeUndefined();
    comeBack(leader, 3, session);
    expect(leader.sent.filter(({ to }) => to === 3)).toEqual([]);
    leader.sent.length = 0;
    leader.write(3, session, 1);
    expect(leader.sent).toEqual([]);
  });

  test('is refused with a wrong password, or if it does not exist', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2);
    const session = leader.openSession(2);
    const password = new Uint8Array(16);
    leader.desk.handle(2, { type: 'revalidate', request: 1, sessionId: session, password });
    leader.desk.handle(2, { type: 'revalidate', request: 2, sessionId: 99, password: PASSWORD });
    expect(leader.sent.map(({ message }) => message)).toEqual([
      { type: 'sessionUnknown', request: 1 },
      { type: 'sessionUnknown', request: 2 },
    ]);
    expect(leader.desk.waiting).toBe(0);
  });

  test('is refused after it has expired, even before its end is committed', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2);
    const session = leader.openSession(2);
    leader.canPropose = false;
    leader.elapse(20_000);
    expect(leader.desk.waiting).toBe(1);
    comeBack(leader, 2, session);
    expect(leader.sent).toEqual([{ to: 2, message: { type: 'sessionUnknown', request: REQUEST } }]);
    expect(leader.desk.waiting).toBe(1);
  });
});

describe('questions for the end of the history', () => {
  test('share one proof of leadership, and are answered with it', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    leader.desk.handle(2, { type: 'readIndex', request: 4 });
    leader.desk.handle(3, { type: 'readIndex', request: 9 });
    leader.desk.work();
    expect(leader.confirmations).toEqual([1]);
    const zxid = makeZxid(1, 3);
    leader.desk.confirmed(1, zxid);
    expect(leader.sent).toEqual([
      { to: 2, message: { type: 'readIndexed', request: 4, zxid } },
      { to: 3, message: { type: 'readIndexed', request: 9, zxid } },
    ]);
  });

  // Numbers of questions may come again after a restart, so an old answer could be taken for a new one.
  test('of a server that has died are not answered after its restart', () => {
    const leader = new Leader();
    leader.attach(LEADER, 2, 3);
    leader.desk.handle(2, { type: 'readIndex', request: 1 });
    leader.desk.work();
    leader.desk.handle(2, { type: 'readIndex', request: 2 });
    leader.desk.detach(2);
    leader.attach(2);
    leader.desk.confirmed(1, makeZxid(1, 3));
    leader.desk.work();
    expect(leader.sent).toEqual([]);
  });
});

describe('expired nodes', () => {
  const COUNT = 450;

  /** A leader with so many nodes that have all expired. */
  function withDueNodes(): Leader {
    const leader = new Leader();
    leader.attach(LEADER);
    const fields = { origin: LEADER, sessionId: 0, xid: 1, confirmed: 0, native: false };
    const node = { data: null, acl: OPEN_ACL, flags: CreateFlag.persistentWithTtl, ttl: 100 };
    const payloads = Array.from({ length: COUNT }, (_, i) =>
      encodeCommand(fields, { op: OpCode.createTTL, path: `/n${i}`, ...node }),
    );
    for (let i = 0; i < COUNT; i += 90) {
      leader.desk.handle(LEADER, { type: 'forward', payloads: payloads.slice(i, i + 90) });
      leader.desk.work();
      leader.commit();
    }
    leader.nowMs += 1_000;
    return leader;
  }

  function work(leader: Leader): void {
    while (leader.desk.waiting > 0) {
      leader.desk.work();
      leader.commit();
    }
  }

  test('are removed in parts, and each is proposed once', () => {
    const leader = withDueNodes();
    const before = leader.tree.nodeCount;
    expect(leader.desk.expireNodes()).toBe(200);
    expect(leader.desk.expireNodes()).toBe(0);
    work(leader);
    expect(leader.tree.nodeCount).toBe(before - 200);
    expect(leader.desk.expireNodes()).toBe(200);
    work(leader);
    expect(leader.desk.expireNodes()).toBe(50);
    work(leader);
    expect(leader.tree.nodeCount).toBe(before - COUNT);
    expect(leader.desk.expireNodes()).toBe(0);
  });

  test('are not removed before their time', () => {
    const leader = withDueNodes();
    leader.nowMs -= 950;
    expect(leader.desk.expireNodes()).toBe(0);
  });

  test('are removed also if the leader attaches to itself again meanwhile', () => {
    const leader = withDueNodes();
    leader.desk.expireNodes();
    leader.desk.detach(LEADER);
    expect(leader.desk.waiting).toBe(200);
  });
});

test('requests that a session sends after its end leave no trace at the leader', () => {
  const leader = new Leader();
  leader.attach(LEADER, 2, 3);
  leader.write(2, 99, 1);
  leader.write(3, 99, 1);
  expect(leader.sent).toEqual([]);
  expect(leader.desk.waiting).toBe(2);
});

test('the end of a session is proposed although the server that had its connection is lost', () => {
  const leader = new Leader();
  leader.attach(LEADER, 2);
  const session = leader.openSession(LEADER);
  leader.canPropose = false;
  leader.elapse(20_000);
  leader.desk.detach(LEADER);
  expect(leader.desk.waiting).toBe(1);
  leader.canPropose = true;
  leader.desk.work();
  leader.commit();
  expect(leader.tree.session(session)).toBeUndefined();
});
