import { afterEach, describe, expect, test, vi } from 'vitest';
import { barrier, doubleBarrier } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { loopTurn, settledNow } from './loop-turn.ts';

const PATH = '/barriers/reindex';

afterEach(() => {
  vi.useRealTimers();
});

describe('barrier', () => {
  test('a barrier holds waiting clients back until it is removed', async () => {
    const ensemble = new FakeEnsemble();
    const [a, b] = [barrier(ensemble.connect(), PATH), barrier(ensemble.connect(), PATH)];
    expect(await a.set()).toBe(true);
    expect(await b.set()).toBe(false);
    const waiting = b.wait();
    expect(await settledNow(waiting)).toBe('pending');
    expect(await a.remove()).toBe(true);
    await waiting;
    expect(await a.remove()).toBe(false);
  });

  test('a barrier that is set again at once goes on holding back', async () => {
    const ensemble = new FakeEnsemble();
    const own = barrier(ensemble.connect(), PATH);
    await own.set();
    const waiting = own.wait();
    await loopTurn();
    void own.remove();
    void own.set();
    expect(await settledNow(waiting)).toBe('pending');
    await own.remove();
    await waiting;
  });

  test('a barrier that is not set holds no client back, with ZooKeeper servers too', async () => {
    await barrier(new FakeEnsemble().connect({ native: false }), PATH).wait();
  });

  test('a wait for a barrier ends with the deadline, the signal or the session', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = new FakeEnsemble().connect();
    const own = barrier(client, PATH);
    await own.set();
    const abort = new AbortController();
    const [late, aborted, lost] = [own.wait({ waitMs: 5 }), own.wait({ signal: abort.signal }), own.wait()];
    await loopTurn();
    vi.advanceTimersByTime(5);
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', path: PATH });
    abort.abort('enough');
    await expect(aborted).rejects.toBe('enough');
    client.expire();
    await expect(lost).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  });
});

describe('double barrier', () => {
  test('a double barrier lets all in together and out together, round after round', async () => {
    const ensemble = new FakeEnsemble();
    const barriers = [1, 2, 3].map(() => doubleBarrier(ensemble.connect(), PATH, { parties: 3 }));
    let lastRound = 0;
    for (let i = 0; i < 3; i++) {
      const [first, ...others] = barriers;
      const early = first?.enter();
      if (early === undefined) return;
      expect(await settledNow(early)).toBe('pending');
      const parties = await Promise.all([early, ...others.map((each) => each.enter())]);
      const rounds = new Set(parties.map(({ round }) => round));
      expect(rounds.size).toBe(1);
      expect([...rounds][0]).toBeGreaterThan(lastRound);
      lastRound = parties[0]?.round ?? 0;
      const [one, two, three] = parties.map((party) => () => party.leave());
      const leaving = Promise.all([one?.(), two?.()]);
      expect(await settledNow(leaving)).toBe('pending');
      await three?.();
      await leaving;
      expect(ensemble.nodes.size).toBe(0);
    }
  });

  test('leaving resolves even if the next round has begun before the client looked', async () => {
    const ensemble = new FakeEnsemble();
    const [client, other] = [ensemble.connect(), ensemble.connect()];
    const [party, otherParty] = await Promise.all(
      [client, other].map((each) => doubleBarrier(each, PATH, { parties: 2 }).enter()),
    );
    const leaving = party?.leave();
    await loopTurn();
    client.disconnect();
    await otherParty?.leave();
    const next = await Promise.all([1, 2].map(() => doubleBarrier(other, PATH, { parties: 2 }).enter()));
    client.reconnect();
    await leaving;
    expect(ensemble.childrenOf(PATH)).toHaveLength(1 + next.length);
  });

  test('a participant that comes too late is refused with BARRIER_CLOSED', async () => {
    const ensemble = new FakeEnsemble();
    await doubleBarrier(ensemble.connect(), PATH, { parties: 1 }).enter();
    const late = doubleBarrier(ensemble.connect(), PATH, { parties: 1 }).enter();
    await expect(late).rejects.toMatchObject({ code: 'BARRIER_CLOSED', path: PATH });
  });

  test('an entry that is given up is taken back', async () => {
    const ensemble = new FakeEnsemble();
    const abort = new AbortController();
    const entering = doubleBarrier(ensemble.connect(), PATH, { parties: 2 }).enter({ signal: abort.signal });
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toHaveLength(1);
    abort.abort('enough');
    await expect(entering).rejects.toBe('enough');
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toEqual([]);
  });

  test('an entry with an unknown outcome is taken back', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    client.loseAnswers();
    const abort = new AbortController();
    const entering = doubleBarrier(client, PATH, { parties: 2 }).enter({ signal: abort.signal });
    await loopTurn();
    abort.abort('enough');
    await expect(entering).rejects.toBe('enough');
    client.reconnect();
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toEqual([]);
  });

  test('the others get out when a participant dies inside', async () => {
    const ensemble = new FakeEnsemble();
    const [client, other] = [ensemble.connect(), ensemble.connect()];
    const [party, otherParty] = await Promise.all(
      [client, other].map((each) => doubleBarrier(each, PATH, { parties: 2 }).enter()),
    );
    other.expire();
    expect(otherParty?.signal.aborted).toBe(true);
    expect(party?.signal.aborted).toBe(false);
    await party?.leave();
    await expect(otherParty?.leave()).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  test('leaving the scope leaves the barrier without waiting for the others', async () => {
    const ensemble = new FakeEnsemble();
    const parties = await Promise.all(
      [1, 2].map(() => doubleBarrier(ensemble.connect(), PATH, { parties: 2 }).enter()),
    );
    await parties[0]?.[Symbol.asyncDispose]();
    expect(parties.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(ensemble.childrenOf(PATH)).toHaveLength(2); // the other one and `ready`
  });

  test('a participant whose wait for the others ends early has left nevertheless', async () => {
    const ensemble = new FakeEnsemble();
    const parties = await Promise.all(
      [1, 2].map(() => doubleBarrier(ensemble.connect(), PATH, { parties: 2 }).enter()),
    );
    const abort = new AbortController();
    const leaving = parties[0]?.leave({ signal: abort.signal });
    await loopTurn();
    abort.abort('enough');
    await expect(leaving).rejects.toBe('enough');
    await parties[1]?.leave();
    await parties[0]?.leave();
    expect(ensemble.nodes.size).toBe(0);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('doubleBarrier refuses %d parties', (parties) => {
    expect(() => doubleBarrier(new FakeEnsemble().connect(), PATH, { parties })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  test('doubleBarrier refuses sessions with ZooKeeper servers', () => {
    const client = new FakeEnsemble().connect({ native: false });
    expect(() => doubleBarrier(client, PATH, { parties: 2 })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });
});
