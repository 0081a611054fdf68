import { describe, expect, test } from 'vitest';
import { election } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { loopTurn, settledNow } from './loop-turn.ts';

const PATH = '/elections/scheduler';

describe('lead', () => {
  test('lead runs the work as the leader and resigns when it returns', async () => {
    const ensemble = new FakeEnsemble();
    const result = await election(ensemble.connect(), PATH).lead(({ node, fencingToken, guard, signal }) => {
      expect(ensemble.head(PATH)).toMatchObject({ path: node, czxid: fencingToken });
      expect(guard).toEqual({ path: PATH, token: fencingToken });
      expect(signal.aborted).toBe(false);
      return 42;
    });
    expect(result).toBe(42);
    expect(ensemble.nodes.size).toBe(0);
  });

  test('lead resigns when the work throws', async () => {
    const ensemble = new FakeEnsemble();
    const leading = election(ensemble.connect(), PATH).lead(() => {
      throw new Error('broken');
    });
    await expect(leading).rejects.toThrow('broken');
    expect(ensemble.nodes.size).toBe(0);
  });

  test('lead stops the work when the session is lost', async () => {
    const client = new FakeEnsemble().connect();
    const leading = election(client, PATH).lead(({ signal }) => aborted(signal));
    await loopTurn();
    client.expire();
    expect(await leading).toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  test('lead stops the work when the signal of the caller fires, and resigns when it has stopped', async () => {
    const ensemble = new FakeEnsemble();
    const shutdown = new AbortController();
    const leading = election(ensemble.connect(), PATH).lead(({ signal }) => aborted(signal), {
      signal: shutdown.signal,
    });
    const next = election(ensemble.connect(), PATH).campaign();
    expect(await settledNow(next)).toBe('pending');
    shutdown.abort('shutdown');
    expect(await leading).toBe('shutdown');
    await expect(next).resolves.toBeDefined();
  });

  test('lead does not begin the work if the caller gives up first', async () => {
    const ensemble = new FakeEnsemble();
    await election(ensemble.connect(), PATH).campaign();
    const shutdown = new AbortController();
    const leading = election(ensemble.connect(), PATH).lead(() => expect.unreachable(), {
      signal: shutdown.signal,
    });
    await loopTurn();
    shutdown.abort('shutdown');
    await expect(leading).rejects.toBe('shutdown');
    await loopTurn();
    expect(ensemble.childrenOf(PATH)).toHaveLength(1);
  });
});

test('candidates lead in the order in which they came, with growing tokens', async () => {
  const ensemble = new FakeEnsemble();
  const tokens: number[] = [];
  await Promise.all(
    [1, 2, 3].map(() => election(ensemble.connect(), PATH).lead((term) => tokens.push(term.fencingToken))),
  );
  expect(tokens).toHaveLength(3);
  expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
});

test('the leader is the first candidate, with the data that it has written', async () => {
  const ensemble = new FakeEnsemble();
  const observer = election(ensemble.connect(), PATH);
  expect(await observer.leader()).toBeNull();
  const leadership = await election(ensemble.connect(), PATH, { candidate: 'host-a' }).campaign();
  const leader = await observer.leader();
  expect(leader).toMatchObject({ node: leadership.node, fencingToken: leadership.fencingToken });
  expect(new TextDecoder().decode(leader?.data)).toBe('host-a');
  await leadership.resign();
  await leadership.resign();
  expect(leadership.signal.aborted).toBe(true);
  expect(await observer.leader()).toBeNull();
});

test.each([
  ['curator', /\/_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-latch-\d{10}$/],
  ['curatorSelector', /\/_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-lock-\d{10}$/],
  ['kazoo', /\/[0-9a-f]{32}__lock__\d{10}$/],
] as const)('candidates are named in the layout of %s', async (layout, name) => {
  const leadership = await election(new FakeEnsemble().connect(), PATH, { layout }).campaign();
  expect(leadership.node).toMatch(name);
});

test('election refuses sessions with ZooKeeper servers', () => {
  const client = new FakeEnsemble().connect({ native: false });
  expect(() => election(client, PATH)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
}
