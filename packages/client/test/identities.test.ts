import { ErrorNumber, OpCode } from '@conclave/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Client, type ConnectOptions, connect, digestId } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import type { Fate } from './fake-session.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

let world: VirtualEnvironment;
let ensemble: FakeEnsemble;
/** What happens to a credential that is shown. */
let judge: (scheme: string) => Fate;

beforeEach(() => {
  world = new VirtualEnvironment();
  ensemble = new FakeEnsemble(() => world.now());
  for (const port of [1, 2]) world.listen(port, ensemble);
  judge = (scheme) => ({ error: scheme === 'digest' ? ErrorNumber.OK : ErrorNumber.AUTH_FAILED });
  ensemble.decideFate = (_, request, connection) => {
    if (request.op !== OpCode.auth) return 'answer';
    const fate = judge(request.scheme);
    // A server that refuses a credential closes the connection after its answer.
    if (typeof fate === 'object' && fate.error !== ErrorNumber.OK) world.setTimer(() => connection.cut(), 0);
    return fate;
  };
});

afterEach(async () => {
  ensemble.isDown = true;
  await world.advance(0);
});

function open(options: Partial<ConnectOptions> = {}): Promise<Client> {
  const servers = ['ws://a:1', 'ws://b:2'];
  return world.settle(
    connect({ servers, sessionTimeoutMs: 6_000, liveness: 'loop', environment: world, ...options }),
  );
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return world.settle(promise.catch((error: { code?: string }) => error.code ?? error));
}

function operations(): number[] {
  return ensemble.requests.splice(0).map(({ request }) => request.op);
}

describe('an identity', () => {
  test('a credential is sent before the calls that come after it', async () => {
    const client = await open();
    const added = client.addAuth('digest', 'bob:secret');
    const read = client.exists('/');
    await world.settle(Promise.all([added, read]));
    expect(operations()).toEqual([OpCode.auth, OpCode.exists]);
  });

  test('a credential is sent again on every connection, before anything else', async () => {
    const client = await open();
    await world.settle(client.addAuth('digest', 'bob:secret'));
    await world.settle(client.addAuth('digest', 'eve:hush'));
    await world.settle(client.exists('/', { watch: () => {} }));
    operations();
    ensemble.cut();
    await world.settle(client.set('/', 'x'));
    expect(operations()).toEqual([OpCode.auth, OpCode.auth, OpCode.setNativeWatches, OpCode.setData]);
  });

  test('a credential is sent once, however often it is added', async () => {
    const client = await open();
    await world.settle(client.addAuth('digest', 'bob:secret'));
    await world.settle(client.addAuth('digest', 'bob:secret'));
    expect(operations()).toEqual([OpCode.auth]);
  });

  test('a refused credential rejects and is forgotten, and the session goes on', async () => {
    const client = await open();
    expect(await outcome(client.addAuth('nosuch', 'x'))).toBe('AUTH_FAILED');
    operations();
    await world.settle(client.set('/', 'x'));
    expect(operations()).not.toContain(OpCode.auth);
    expect(client.state).toBe('connected');
  });

  test('a credential whose answer was lost is sent again', async () => {
    const client = await open();
    let shown = 0;
    judge = () => (shown++ === 0 ? 'loseAnswer' : { error: ErrorNumber.OK });
    await world.settle(client.addAuth('digest', 'bob:secret'));
    expect(operations()).toEqual([OpCode.auth, OpCode.auth]);
  });

  test('a credential waits for a connection, and can be aborted', async () => {
    const client = await open();
    ensemble.isDown = true;
    ensemble.cut();
    await world.advance(10);
    const aborter = new AbortController();
    const given = outcome(client.addAuth('digest', 'bob:secret', { signal: aborter.signal }));
    const waiting = client.addAuth('digest', 'eve:hush');
    aborter.abort('enough');
    expect(await given).toBe('enough');
    ensemble.isDown = false;
    await world.settle(waiting);
    expect(operations()).toEqual([OpCode.auth]);
  });

  test('a session leaves a server that refuses a credential which another server has accepted', async () => {
    const client = await open();
    await world.settle(client.addAuth('digest', 'bob:secret'));
    let refusals = 2;
    judge = () => ({ error: refusals-- > 0 ? ErrorNumber.AUTH_FAILED : ErrorNumber.OK });
    operations();
    ensemble.cut();
    await world.advance(2_000);
    expect(operations()).toEqual([OpCode.auth, OpCode.auth, OpCode.auth]);
    expect(await world.settle(client.exists('/'))).not.toBeNull();
  });

  test('a credential cannot be added to a session that is over', async () => {
    const client = await open();
    await world.settle(client.close());
    expect(await outcome(client.addAuth('digest', 'bob:secret'))).toBe('CLOSED');
  });

  test('the number of credentials of a session is bounded', async () => {
    const client = await open();
    const added = Array.from({ length: 65 }, (_, i) => outcome(client.addAuth('digest', `user-${i}`)));
    expect((await Promise.all(added)).filter((result) => result === 'INVALID_ARGUMENT')).toHaveLength(1);
  });
});

describe('connect', () => {
  test('connect shows its credentials before it resolves', async () => {
    const client = await open({ auth: [{ scheme: 'digest', credential: 'bob:secret' }] });
    expect(operations()).toEqual([OpCode.auth]);
    expect(client.state).toBe('connected');
  });

  test('connect rejects if a credential is refused', async () => {
    expect(await outcome(open({ auth: [{ scheme: 'nosuch', credential: 'x' }] }))).toBe('AUTH_FAILED');
  });

  test('connect rejects with CONNECTION_LOST if there is no server, whatever the credentials are', async () => {
    ensemble.isDown = true;
    const auth = [{ scheme: 'digest', credential: 'bob:secret' }];
    expect(await outcome(open({ auth, connectTimeoutMs: 1_000 }))).toBe('CONNECTION_LOST');
  });
});

test('digestId returns the id that ZooKeeper computes', async () => {
  expect(await digestId('bob', 'secret')).toBe('bob:fyVmFCwVbTJYrznoSu1koqYEYF0=');
});
