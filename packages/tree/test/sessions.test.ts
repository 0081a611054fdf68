import { CreateFlag, ErrorNumber, EventType, OpCode } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, join, remove, setData } from './driver.ts';

let driver: Driver;

beforeEach(() => {
  driver = new Driver();
});

describe('sessions', () => {
  test('are named by the zxid that created them', () => {
    const password = new Uint8Array([1, 2, 3]);
    const command = { op: OpCode.createSession, timeoutMs: 4000, password, native: false } as const;
    const { zxid, sessionCreated, response } = driver.apply(command);
    expect(sessionCreated).toEqual({ id: zxid, timeoutMs: 4000, password, native: false, ephemeralCount: 0 });
    expect(response).toBeUndefined();
    expect(driver.tree.session(zxid)).toEqual(sessionCreated);
    expect([...driver.tree.sessions()]).toEqual([sessionCreated]);
  });

  test.each(['client', 'expired'] as const)(
    'end (%s) with all their ephemerals, in one transaction',
    (reason) => {
      const session = driver.openSession();
      const other = driver.openSession();
      driver.apply(create('/p'));
      for (const name of ['c', 'a', 'b'])
        driver.apply(create(`/p/${name}`, '', CreateFlag.ephemeral), { session });
      driver.apply(create('/p/other', '', CreateFlag.ephemeral), { session: other });
      driver.apply(create('/p/stays'), { session });
      const { zxid, changes, sessionClosed, response } = driver.closeSession(session, reason);
      expect(sessionClosed).toBe(session);
      expect(response).toEqual({ op: OpCode.closeSession });
      expect(changes.filter(({ type }) => type === EventType.nodeDeleted).map(({ path }) => path)).toEqual([
        '/p/a',
        '/p/b',
        '/p/c',
      ]);
      expect(driver.children('/p')).toEqual(['other', 'stays']);
      expect(driver.stat('/p')).toMatchObject({ numChildren: 2, cversion: 8, pzxid: zxid });
      expect(driver.tree.session(session)).toBeUndefined();
      expect(driver.tree.sessionCount).toBe(1);
    },
  );

  test('move without a change of anything else', () => {
    const session = driver.openSession();
    driver.apply(create('/e', '', CreateFlag.ephemeral), { session });
    const { error, changes, sessionMoved } = driver.apply({ op: OpCode.moveSession }, { session });
    expect({ error, changes }).toEqual({ error: ErrorNumber.OK, changes: [] });
    expect(sessionMoved).toEqual(driver.tree.session(session));
    driver.closeSession(session);
    expect(driver.apply({ op: OpCode.moveSession }, { session })).toMatchObject({
      error: ErrorNumber.SESSION_EXPIRED,
      sessionMoved: undefined,
    });
  });

  test('that are over can do nothing', () => {
    const session = driver.openSession();
    driver.closeSession(session);
    for (const native of [false, true]) {
      const applied = driver.apply(create('/n'), { session, native, xid: 1 });
      expect(applied).toMatchObject({ error: ErrorNumber.SESSION_EXPIRED, changes: [] });
    }
    expect(driver.apply(join('/l', 'a-lock-'), { session }).error).toBe(ErrorNumber.SESSION_EXPIRED);
    expect(driver.closeSession(session)).toMatchObject({
      error: ErrorNumber.SESSION_EXPIRED,
      sessionClosed: undefined,
    });
    expect(driver.tree.nodeCount).toBe(4);
  });
});

describe('exactly once', () => {
  let session: number;

  beforeEach(() => {
    session = driver.openSession();
    driver.apply(create('/q'));
  });

  function sequential(xid: number, confirmed = 0) {
    return driver.apply(create('/q/n-', '', CreateFlag.persistentSequential), {
      session,
      xid,
      confirmed,
      native: true,
    });
  }

  test('a request that comes again gets its first answer and does nothing', () => {
    const first = sequential(5);
    const again = sequential(5);
    expect(again.response).toEqual(first.response);
    expect(again).toMatchObject({ error: 0, changes: [], grants: [] });
    expect(driver.children('/q')).toHaveLength(1);
  });

  test('a refusal is remembered too, although the request could now be done', () => {
    const from = { session, xid: 1, native: true };
    expect(driver.apply(setData('/late', ''), from).error).toBe(ErrorNumber.NO_NODE);
    driver.apply(create('/late'));
    expect(driver.apply(setData('/late', ''), from)).toMatchObject({
      error: ErrorNumber.NO_NODE,
      changes: [],
    });
    expect(driver.stat('/late')?.version).toBe(0);
  });

  test('numbers need not be dense, and a gap is never filled later', () => {
    sequential(5);
    sequential(9);
    expect(sequential(7).error).toBe(ErrorNumber.ANSWER_FORGOTTEN);
    expect(driver.children('/q')).toHaveLength(2);
  });

  test('what was confirmed is forgotten', () => {
    sequential(5);
    sequential(6, 5);
    expect(sequential(5).error).toBe(ErrorNumber.ANSWER_FORGOTTEN);
    expect(sequential(6)).toMatchObject({ error: 0, response: { path: '/q/n-0000000001' } });
  });

  test('a repetition confirms as well', () => {
    sequential(5);
    sequential(6);
    sequential(6, 5);
    expect(sequential(5).error).toBe(ErrorNumber.ANSWER_FORGOTTEN);
  });

  test('a session keeps no more than 4096 answers', () => {
    for (let xid = 1; xid <= 4097; xid++) {
      driver.apply(remove('/none'), { session, xid, native: true });
    }
    expect(driver.apply(remove('/none'), { session, xid: 1, native: true }).error).toBe(
      ErrorNumber.ANSWER_FORGOTTEN,
    );
    expect(driver.apply(remove('/none'), { session, xid: 2, native: true }).error).toBe(ErrorNumber.NO_NODE);
  });

  test('sessions number their requests apart', () => {
    const other = driver.openSession();
    sequential(5);
    expect(driver.apply(create('/other'), { session: other, xid: 5, native: true }).error).toBe(0);
  });

  test("ZooKeeper's clients have no such thing", () => {
    const old = driver.openSession(false);
    for (let i = 0; i < 2; i++) {
      driver.apply(create('/q/n-', '', CreateFlag.persistentSequential), { session: old, xid: 5 });
    }
    expect(driver.children('/q')).toHaveLength(2);
  });

  test('the state knows the difference', () => {
    const digests = [1, 2].map((xid) => {
      const other = new Driver();
      const one = other.openSession();
      other.apply(remove('/none'), { session: one, xid, native: true });
      return other.tree.digest();
    });
    expect(digests[0]).not.toBe(digests[1]);
  });
});
