import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, type ClientState, connect } from '../src/index.ts';
import { setStage, TIMEOUT_MS } from './stage.ts';

let { world, ensemble, open, outcome } = setStage();

beforeEach(() => {
  ({ world, ensemble, open, outcome } = setStage());
});

afterEach(async () => {
  // Clients that a test leaves behind must not run on.
  ensemble.isDown = true;
  await world.advance(0);
});

function useClassicEnsemble(): void {
  ({ world, ensemble, open, outcome } = setStage({ isNative: false }));
}

describe('connecting', () => {
  test('connecting negotiates a native session with the timeout that the server allows', async () => {
    ensemble.timeoutMsMax = 4_000;
    const client = await open();
    expect(client.session).toMatchObject({ native: true, timeoutMs: 4_000, state: 'connected' });
  });

  test('a ZooKeeper server answers with version 0, and the session is a classic one', async () => {
    useClassicEnsemble();
    expect((await open()).session.native).toBe(false);
  });

  test('servers that refuse a connection are passed over', async () => {
    world.unlisten(1);
    world.unlisten(2);
    expect((await open()).state).toBe('connected');
  });

  test('a server that accepts and does not answer times out, then another is tried', async () => {
    world.listen(1, { accept: () => ({ handleData() {}, handleClose() {} }) });
    world.listen(2, { accept: () => ({ handleData() {}, handleClose() {} }) });
    expect((await open()).state).toBe('connected');
  });

  test('an ensemble of slow servers gets more time to answer, round by round', async () => {
    for (const port of [1, 2, 3]) {
      world.listen(port, {
        accept: (stream) => {
          const connection = ensemble.accept(stream);
          return {
            handleData: (bytes) => void world.setTimer(() => connection?.handleData(bytes), 500),
            handleClose: () => connection?.handleClose(),
          };
        },
      });
    }
    expect((await open({ sessionTimeoutMs: 1_000 })).state).toBe('connected');
  });

  describe('a server that says nothing', () => {
    const silent = { accept: () => ({ handleData() {}, handleClose() {} }) };

    function openPatiently(sessionTimeoutMs: number): Promise<Client> {
      const backoff = { minMs: 10, maxMs: 10 };
      const options = { sessionTimeoutMs, backoff, connectTimeoutMs: 300_000, environment: world };
      return connect({ servers: ['ws://a:1'], ...options });
    }

    test('a silent server is waited for ten seconds at most, however often that was in vain', async () => {
      world.listen(1, silent);
      const opening = openPatiently(15_000);
      await world.advance(100_000);
      const backAt = world.now();
      world.listen(1, ensemble);
      expect((await world.settle(opening)).state).toBe('connected');
      expect(world.now() - backAt).toBeLessThan(10_100);
    });

    test('a silent server is not waited for longer because servers refused connections before', async () => {
      world.unlisten(1);
      const opening = openPatiently(1_000);
      await world.advance(60_000);
      world.listen(1, silent);
      await world.advance(100);
      const backAt = world.now();
      world.listen(1, ensemble);
      expect((await world.settle(opening)).state).toBe('connected');
      expect(world.now() - backAt).toBeLessThan(600);
    });
  });

  test('without any server connect rejects after connectTimeoutMs, and the last attempt is the cause', async () => {
    ensemble.isDown = true;
    const began = world.now();
    const error = await world.settle(open({ connectTimeoutMs: 5_000 }).catch((cause: unknown) => cause));
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    expect(String(error)).toContain('connection refused');
    expect(world.now() - began).toBeGreaterThanOrEqual(5_000);
    expect(world.now() - began).toBeLessThan(5_100);
  });

  test('aborting connect rejects with the reason', async () => {
    ensemble.isDown = true;
    const aborter = new AbortController();
    const opening = open({ signal: aborter.signal }).catch((cause: unknown) => cause);
    await world.advance(100);
    aborter.abort('enough');
    expect(await world.settle(opening)).toBe('enough');
  });

  test('attempts to connect come less and less often while none is answered', async () => {
    let attempts = 0;
    for (const port of [1, 2, 3]) {
      world.listen(port, {
        accept: () => {
          attempts++;
          return undefined;
        },
      });
    }
    const opening = connect({
      servers: ['ws://a:1', 'ws://b:2'],
      connectTimeoutMs: 60_000,
      environment: world,
    });
    expect(await outcome(opening)).toBe('CONNECTION_LOST');
    // 60 s at 1 s on average, and the quick attempts at the beginning.
    expect(attempts).toBeGreaterThan(20);
    expect(attempts).toBeLessThan(200);
  });
});

describe('the session', () => {
  test('pings keep an idle session alive', async () => {
    const client = await open();
    const { id } = client.session;
    for (let i = 0; i < 100; i++) {
      await world.advance(TIMEOUT_MS / 10);
      expect(ensemble.hasTimedOut(id)).toBe(false);
      expect(client.session.safeUntil).toBeGreaterThan(world.now());
    }
    expect(client.state).toBe('connected');
    // A ping every third of the timeout, or a little less often.
    expect(ensemble.requests.length).toBeLessThan(31);
  });

  test('a session leaves a silent server within two thirds of the timeout and two ticks', async () => {
    const client = await open();
    const states: ClientState[] = [];
    client.onState((state) => states.push(state));
    let reconnections = 0;
    client.onReconnected(() => reconnections++);
    for (const connection of ensemble.connections) connection.silence();
    await world.advance((TIMEOUT_MS * 2) / 3 + TIMEOUT_MS / 10 + 50);
    expect(states).toEqual(['suspended', 'connected']);
    expect(reconnections).toBe(1);
    expect(ensemble.sessions.size).toBe(1);
  });

  test('a session leaves a silent server sooner while calls wait', async () => {
    const client = await open();
    for (const connection of ensemble.connections) connection.silence();
    const began = world.now();
    expect(await outcome(client.create('/a'))).toMatchObject({ path: '/a' });
    expect(world.now() - began).toBeLessThan(TIMEOUT_MS / 6);
  });

  test('a session stays with a slow server if no other one is quicker', async () => {
    const client = await open();
    const states: ClientState[] = [];
    client.onState((state) => states.push(state));
    const { connection } = ensemble.sessions.get(client.session.id) ?? {};
    connection?.freeze();
    ensemble.isMute = true;
    const call = outcome(client.create('/a'));
    await world.advance(TIMEOUT_MS / 3);
    expect(states).toEqual(['suspended']);
    connection?.thaw();
    expect(await call).toMatchObject({ path: '/a' });
    ensemble.isMute = false;
    await world.advance(2 * TIMEOUT_MS);
    expect(states).toEqual(['suspended', 'connected']);
    expect(ensemble.sessions.get(client.session.id)?.connection).toBe(connection);
  });

  test('a session stays with a server that only keeps one call waiting', async () => {
    const client = await open();
    const { connection } = ensemble.sessions.get(client.session.id) ?? {};
    ensemble.decideFate = ({ xid }) => (xid > 0 ? 'withholdAnswer' : 'answer');
    const call = outcome(client.create('/a'));
    await world.advance(5 * TIMEOUT_MS);
    expect(ensemble.sessions.get(client.session.id)?.connection).toBe(connection);
    ensemble.decideFate = () => 'answer';
    ensemble.cut();
    expect(await call).toMatchObject({ path: '/a' });
  });

  test('a session is over in the client before the ensemble can have ended it', async () => {
    const client = await open();
    const { id, signal, safeUntil } = client.session;
    let timedOutAtAbort: boolean | undefined;
    signal.addEventListener('abort', () => {
      timedOutAtAbort = ensemble.hasTimedOut(id);
      expect(world.now()).toBeLessThanOrEqual(safeUntil + 1);
    });
    const states: ClientState[] = [];
    client.onState((state) => states.push(state));
    ensemble.isDown = true;
    ensemble.cut();
    await world.advance(10);
    const read = outcome(client.get('/'));
    const write = outcome(client.create('/a'));
    await world.advance(TIMEOUT_MS);
    expect(timedOutAtAbort).toBe(false);
    expect(states).toEqual(['suspended', 'expired']);
    expect(await read).toBe('SESSION_EXPIRED');
    // The call was never sent.
    expect(await write).toBe('SESSION_EXPIRED');
    expect(await outcome(client.get('/'))).toBe('SESSION_EXPIRED');
    expect(signal.reason).toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  test('a session is over for a loop that was blocked, as soon as the loop looks', async () => {
    const client = await open();
    await world.advance(100);
    world.block(TIMEOUT_MS);
    expect(client.session.signal.aborted).toBe(true);
    expect(client.state).toBe('expired');
  });

  test('a session goes on for a loop that was blocked while a thread kept it alive', async () => {
    let proof = 0;
    world.startHeartbeat = () => ({ provedAt: () => proof, vouch() {}, stop() {} });
    const client = await open();
    await world.advance(100);
    world.block(3 * TIMEOUT_MS);
    proof = world.now() - 10;
    await world.advance(100);
    expect(client.state).toBe('connected');
    expect(await outcome(client.exists('/'))).not.toBeNull();
    expect(client.session.safeUntil).toBeGreaterThan(world.now());
  });

  test('writes in flight reject with OUTCOME_UNKNOWN when the ensemble ends the session', async () => {
    const client = await open();
    ensemble.decideFate = () => 'silence';
    const write = outcome(client.create('/a'));
    const read = outcome(client.get('/'));
    await world.advance(10);
    ensemble.expire(client.session.id);
    expect(await write).toBe('OUTCOME_UNKNOWN');
    expect(await read).toBe('SESSION_EXPIRED');
    expect(client.state).toBe('expired');
  });

  test('a session is never silently exchanged for another one', async () => {
    const client = await open();
    ensemble.sessions.clear();
    ensemble.cut();
    await world.advance(100);
    expect(client.state).toBe('expired');
    expect(ensemble.sessions.size).toBe(0);
  });

  test('the states of a session are a stream that ends', async () => {
    const client = await open();
    const states = client.states();
    ensemble.cut();
    await world.advance(200);
    await world.settle(client.close());
    expect(await collect(states)).toEqual(['connected', 'suspended', 'connected', 'closed']);
  });
});

describe('closing', () => {
  test('closing answers calls that were sent, refuses those that were not, and ends the session', async () => {
    const client = await open();
    await world.settle(client.create('/e', null, { mode: 'ephemeral' }));
    const { signal } = client.session;
    const sent = outcome(client.get('/e'));
    const closing = client.close();
    expect(signal.aborted).toBe(true);
    expect(await outcome(client.get('/e'))).toBe('CLOSED');
    await world.settle(closing);
    expect(await sent).toMatchObject({ stat: { version: 0 } });
    expect(ensemble.sessions.size).toBe(0);
    expect(ensemble.nodes.has('/e')).toBe(false);
    expect(client.state).toBe('closed');
    await world.settle(client.close());
  });

  test('finds its way through a reconnection', async () => {
    const client = await open();
    let isCut = false;
    ensemble.decideFate = () => {
      if (isCut) return 'answer';
      isCut = true;
      return 'loseRequest';
    };
    await world.settle(client.close());
    expect(ensemble.sessions.size).toBe(0);
  });

  test('takes two seconds at the most', async () => {
    const client = await open();
    ensemble.decideFate = () => 'silence';
    const began = world.now();
    await world.settle(client.close());
    expect(world.now() - began).toBeLessThanOrEqual(2_001);
  });

  test('closing ends at once when its signal fires', async () => {
    const client = await open();
    ensemble.decideFate = () => 'silence';
    const began = world.now();
    const aborter = new AbortController();
    const closing = client.close({ signal: aborter.signal });
    await world.advance(100);
    aborter.abort();
    await world.settle(closing);
    expect(world.now() - began).toBeLessThanOrEqual(101);
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('a broken invariant', () => {
  test('a broken invariant ends the session with an error, and not the process', async () => {
    const client = await open();
    ensemble.decideFate = () => 'withholdAnswer';
    const states: ClientState[] = [];
    client.onState((state) => states.push(state));
    const write = outcome(client.create('/a'));
    const read = outcome(client.get('/'));
    await world.advance(10);
    world.bufferedBytes = -1;
    expect(await outcome(client.get('/'))).toBe('RUNTIME_INCONSISTENCY');
    expect(await write).toBe('OUTCOME_UNKNOWN');
    expect(await read).toBe('RUNTIME_INCONSISTENCY');
    expect(states).toEqual(['expired']);
    expect(client.session.signal.reason).toMatchObject({
      code: 'RUNTIME_INCONSISTENCY',
      message: expect.stringContaining('-1 buffered bytes'),
      cause: expect.objectContaining({ name: 'InvariantError' }),
    });
    expect(await outcome(client.get('/'))).toBe('SESSION_EXPIRED');
  });

  test('a broken invariant that shows after a reconnection ends the session too', async () => {
    const client = await open();
    ensemble.decideFate = () => 'withholdAnswer';
    const calls = [outcome(client.get('/'))];
    await world.advance(10);
    world.bufferedBytes = 2 ** 30;
    calls.push(outcome(client.get('/')));
    world.bufferedBytes = Number.NaN;
    ensemble.decideFate = () => 'answer';
    ensemble.cut();
    expect(await Promise.all(calls)).toContain('RUNTIME_INCONSISTENCY');
    expect(client.state).toBe('expired');
  });
});
