import { type Command, isConclaveError, OpCode, type SignalOptions } from '@conclave/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type HeldLock, mutex } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { loopTurn, settledNow } from './loop-turn.ts';

const PATH = '/locks/billing';

afterEach(() => {
  vi.useRealTimers();
});

describe('acquire', () => {
  test('acquire takes a free lock with one request', async () => {
    const ensemble = new FakeEnsemble();
    const held = await mutex(ensemble.connect(), PATH).acquire();
    expect(ensemble.log).toEqual([expect.stringMatching(/lineJoin$/)]);
    expect(held.fencingToken).toBe(ensemble.head(PATH)?.czxid);
    expect(held.guard).toEqual({ path: PATH, token: held.fencingToken });
    expect(held.signal.aborted).toBe(false);
    await held.release();
    expect(ensemble.nodes.size).toBe(0);
  });

  test('acquire waits for the push, and reports its position in the line', async () => {
    const ensemble = new FakeEnsemble();
    const first = await mutex(ensemble.connect(), PATH).acquire();
    const onQueued = vi.fn();
    const waiting = mutex(ensemble.connect(), PATH).acquire({ onQueued });
    expect(await settledNow(waiting)).toBe('pending');
    expect(onQueued).toHaveBeenCalledExactlyOnceWith({ node: expect.stringContaining(PATH), position: 1 });
    ensemble.log.length = 0;
    await first.release();
    const second = await waiting;
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    expect(ensemble.log).toEqual([expect.stringMatching(/lineLeave$/)]);
  });

  test('acquire notices a grant that comes together with the answer', async () => {
    const ensemble = new FakeEnsemble();
    const first = await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    const request = client.request.bind(client);
    client.request = async <C extends Command>(command: C, options?: SignalOptions) => {
      const answer = await request(command, options);
      if (command.op === OpCode.lineJoin) await first.release();
      return answer;
    };
    await expect(mutex(client, PATH).acquire()).resolves.toBeDefined();
  });

  test('acquire asks for its position when it may have missed the push', async () => {
    const ensemble = new FakeEnsemble();
    const first = await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    const waiting = mutex(client, PATH).acquire();
    await loopTurn();
    client.disconnect();
    await first.release();
    expect(await settledNow(waiting)).toBe('pending');
    client.reconnect();
    await expect(waiting).resolves.toBeDefined();
  });

  test('acquire asks again when the first answer comes on a second connection', async () => {
    const ensemble = new FakeEnsemble();
    const first = await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    client.loseAnswers();
    const waiting = mutex(client, PATH).acquire();
    await loopTurn();
    await first.release();
    expect(ensemble.head(PATH)?.owner).toBe(client);
    client.reconnect();
    await expect(waiting).resolves.toBeDefined();
  });

  test('acquire goes on waiting when the answer after a reconnection says so', async () => {
    const ensemble = new FakeEnsemble();
    const first = await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    const waiting = mutex(client, PATH).acquire();
    await loopTurn();
    client.disconnect();
    client.reconnect();
    expect(await settledNow(waiting)).toBe('pending');
    await first.release();
    await expect(waiting).resolves.toBeDefined();
  });

  test('acquire rejects when the session ends while it waits', async () => {
    const ensemble = new FakeEnsemble();
    await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    const waiting = mutex(client, PATH).acquire();
    await loopTurn();
    client.expire();
    await expect(waiting).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
    expect(client.listeners).toBe(0);
  });

  test('acquire grants nothing to a session that has ended in the meantime', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    const request = client.request.bind(client);
    client.request = async <C extends Command>(command: C, options?: SignalOptions) => {
      const answer = await request(command, options);
      client.expire();
      return answer;
    };
    await expect(mutex(client, PATH).acquire()).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  test('acquire rejects when the waiting node is deleted by hand', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ensemble = new FakeEnsemble();
    await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    const waiting = mutex(client, PATH).acquire();
    await loopTurn();
    const [, node] = ensemble.childrenOf(PATH);
    if (node !== undefined) ensemble.remove(node);
    vi.advanceTimersByTime(1_000);
    await expect(waiting).rejects.toMatchObject({ code: 'NO_NODE', path: node?.path });
  });

  test.each([0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])(
    'acquire refuses waitMs %d',
    async (waitMs) => {
      const ensemble = new FakeEnsemble();
      await expect(mutex(ensemble.connect(), PATH).acquire({ waitMs })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      expect(ensemble.log).toEqual([]);
    },
  );

  test('mutex refuses sessions with ZooKeeper servers', () => {
    const client = new FakeEnsemble().connect({ native: false });
    expect(() => mutex(client, PATH)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});

describe('giving up', () => {
  test('a contender leaves the line when its deadline comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ensemble = new FakeEnsemble();
    const first = await mutex(ensemble.connect(), PATH).acquire();
    const client = ensemble.connect();
    const waiting = mutex(client, PATH).acquire({ waitMs: 500 });
    await loopTurn();
    vi.advanceTimersByTime(500);
    await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT', path: PATH });
    await loopTurn();
    expect(ensemble.childrenOf(PATH).map(({ path }) => path)).toEqual([first.node]);
    expect(client.listeners).toBe(0);
    expect(vi.getTimerCount()).toBe(1); // the holder's
  });

  test('a contender leaves the line when its signal fires, and rejects with the reason', async () => {
    const ensemble = new FakeEnsemble();
    await mutex(ensemble.connect(), PATH).acquire();
    const abort = new AbortController();
    const waiting = mutex(ensemble.connect(), PATH).acquire({ signal: abort.signal });
    await loopTurn();
    abort.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toHaveLength(1);
  });

  test('a contender leaves the line even if it is not known to be in it', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    client.loseAnswers();
    const abort = new AbortController();
    const joining = mutex(client, PATH).acquire({ signal: abort.signal });
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toHaveLength(1);
    abort.abort('enough');
    await expect(joining).rejects.toBe('enough');
    client.reconnect();
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toEqual([]);
  });

  test('giving up a request that was never sent sends nothing', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    client.disconnect();
    const abort = new AbortController();
    const joining = mutex(client, PATH).acquire({ signal: abort.signal });
    await loopTurn();
    abort.abort('enough');
    await expect(joining).rejects.toBe('enough');
    client.reconnect();
    await loopTurn();
    expect(ensemble.log).toEqual([]);
  });

  test('a contender leaves the line when onQueued throws', async () => {
    const ensemble = new FakeEnsemble();
    await mutex(ensemble.connect(), PATH).acquire();
    const waiting = mutex(ensemble.connect(), PATH).acquire({
      onQueued: () => {
        throw new Error('no');
      },
    });
    await expect(waiting).rejects.toThrow('no');
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toHaveLength(1);
  });

  test('acquire with an aborted signal sends nothing', async () => {
    const ensemble = new FakeEnsemble();
    await expect(mutex(ensemble.connect(), PATH).acquire({ signal: AbortSignal.abort('late') })).rejects.toBe(
      'late',
    );
    expect(ensemble.log).toEqual([]);
  });
});

describe('tryAcquire', () => {
  test('tryAcquire takes a free lock', async () => {
    const ensemble = new FakeEnsemble();
    const held = await mutex(ensemble.connect(), PATH).tryAcquire();
    expect(held?.signal.aborted).toBe(false);
  });

  test('tryAcquire leaves nothing behind when the lock is not free', async () => {
    const ensemble = new FakeEnsemble();
    await mutex(ensemble.connect(), PATH).acquire();
    expect(await mutex(ensemble.connect(), PATH).tryAcquire()).toBeNull();
    expect(ensemble.childrenOf(PATH)).toHaveLength(1);
  });

  test('an aborted tryAcquire gives back what it may have taken', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    client.loseAnswers();
    const abort = new AbortController();
    const trying = mutex(client, PATH).tryAcquire({ signal: abort.signal });
    await loopTurn();
    abort.abort('enough');
    await expect(trying).rejects.toBe('enough');
    client.reconnect();
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toEqual([]);
  });
});

describe('a held lock', () => {
  test('a lock aborts its signal before it is given back', async () => {
    const ensemble = new FakeEnsemble();
    const held = await mutex(ensemble.connect(), PATH).acquire();
    let standingWhenAborted = 0;
    held.signal.addEventListener('abort', () => {
      standingWhenAborted = ensemble.childrenOf(PATH).length;
    });
    await held.release();
    expect(standingWhenAborted).toBe(1);
    expect(held.signal.reason).toMatchObject({ code: 'GRANT_OVER' });
    expect(held.safeUntil).toBe(0);
  });

  test('a lock is released once, however often release is called', async () => {
    const ensemble = new FakeEnsemble();
    const held = await mutex(ensemble.connect(), PATH).acquire();
    ensemble.log.length = 0;
    await Promise.all([held.release(), held.release(), held[Symbol.asyncDispose]()]);
    await held.release();
    expect(ensemble.log).toHaveLength(1);
  });

  test('a lock is released by its scope', async () => {
    const ensemble = new FakeEnsemble();
    {
      await using held = await mutex(ensemble.connect(), PATH).acquire();
      expect(held.signal.aborted).toBe(false);
    }
    expect(ensemble.nodes.size).toBe(0);
  });

  test('a lock is released through a reconnection', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    const held = await mutex(client, PATH).acquire();
    client.disconnect();
    const releasing = held.release();
    expect(held.signal.aborted).toBe(true);
    expect(await settledNow(releasing)).toBe('pending');
    client.reconnect();
    await releasing;
    expect(ensemble.nodes.size).toBe(0);
  });

  test('a lock is released however often the outcome is unknown', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    const held = await mutex(client, PATH).acquire();
    const request = client.request.bind(client);
    let failures = 3;
    client.request = <C extends Command>(command: C, options?: SignalOptions) =>
      failures-- > 0 ? Promise.reject(unknownOutcome()) : request(command, options);
    const releasing = held.release();
    for (let i = 0; i < 4; i++) {
      await loopTurn();
      vi.advanceTimersByTime(1_000);
    }
    await releasing;
    expect(ensemble.nodes.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a release goes on when the caller stops waiting for it', async () => {
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    const held = await mutex(client, PATH).acquire();
    client.disconnect();
    const abort = new AbortController();
    const releasing = held.release({ signal: abort.signal });
    abort.abort('enough');
    await expect(releasing).rejects.toBe('enough');
    client.reconnect();
    await loopTurn();
    expect(ensemble.nodes.size).toBe(0);
  });

  test('the disposal of a lock takes a bounded time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = new FakeEnsemble().connect();
    const held = await mutex(client, PATH).acquire();
    client.disconnect();
    const disposing = held[Symbol.asyncDispose]();
    await loopTurn();
    vi.advanceTimersByTime(2_000);
    await expect(disposing).resolves.toBeUndefined();
  });

  test('a lock is lost with its session, for the reason of the session', async () => {
    const client = new FakeEnsemble().connect();
    const held = await mutex(client, PATH).acquire();
    const reason = new Promise((resolve) => {
      held.signal.addEventListener('abort', () => resolve(held.signal.reason));
    });
    client.expire();
    expect(await reason).toMatchObject({ code: 'SESSION_EXPIRED' });
    await held.release();
  });

  test('the signal of a lost lock is aborted even if it is first read afterwards', async () => {
    const client = new FakeEnsemble().connect();
    const held = await mutex(client, PATH).acquire();
    client.expire();
    expect(held.signal.aborted).toBe(true);
    expect(held.signal.reason).toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  test('a lock is lost when its node is deleted by hand, soon or late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ensemble = new FakeEnsemble();
    const client = ensemble.connect();
    const soon = await mutex(client, '/locks/soon').acquire();
    const late = await mutex(client, '/locks/late').acquire();
    remove(ensemble, soon);
    vi.advanceTimersByTime(1_000);
    await loopTurn();
    expect([soon.signal.aborted, late.signal.aborted]).toEqual([true, false]);
    remove(ensemble, late);
    await loopTurn();
    expect(late.signal.aborted).toBe(true);
    expect(late.signal.reason).toMatchObject({ code: 'GRANT_OVER', path: late.node });
  });

  test('a lock leaves no timer and no listener behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const client = new FakeEnsemble().connect();
    const held = await mutex(client, PATH).acquire({ waitMs: 1_000 });
    await held.release();
    expect(vi.getTimerCount()).toBe(0);
    expect(client.listeners).toBe(0);
  });
});

test('the holder is the first contender', async () => {
  const ensemble = new FakeEnsemble();
  const client = ensemble.connect();
  const lock = mutex(client, PATH, { owner: 'worker 7' });
  expect(await lock.holder()).toBeNull();
  const held = await lock.acquire();
  const holder = await lock.holder();
  expect(holder).toMatchObject({
    node: held.node,
    fencingToken: held.fencingToken,
    sessionId: client.session.id,
  });
  expect(new TextDecoder().decode(holder?.data)).toBe('worker 7');
});

test.each([
  ['curator', /^\/locks\/billing\/_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-lock-\d{10}$/],
  ['kazoo', /^\/locks\/billing\/[0-9a-f]{32}__lock__\d{10}$/],
] as const)('contenders are named in the layout of %s', async (layout, name) => {
  const held = await mutex(new FakeEnsemble().connect(), PATH, { layout }).acquire();
  expect(held.node).toMatch(name);
});

function remove(ensemble: FakeEnsemble, held: HeldLock): void {
  const node = ensemble.nodes.get(held.node);
  if (node !== undefined) ensemble.remove(node);
}

function unknownOutcome(): Error {
  const error: unknown = Object.assign(new Error('unknown'), {
    name: 'ConclaveError',
    code: 'OUTCOME_UNKNOWN',
  });
  if (!isConclaveError(error)) throw new Error('not recognised');
  return error;
}
