import { OpCode } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ChangeEvent, type Client, connect, type WatchEvent } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

let world: VirtualEnvironment;
let ensemble: FakeEnsemble;
let client: Client;
/** Another client, which makes the changes. */
let other: Client;

beforeEach(async () => {
  world = new VirtualEnvironment();
  ensemble = new FakeEnsemble(() => world.now());
  for (const port of [1, 2]) world.listen(port, ensemble);
  client = await open();
  other = await open();
});

function open(): Promise<Client> {
  return world.settle(
    connect({ servers: ['ws://a:1', 'ws://b:2'], sessionTimeoutMs: 6_000, environment: world }),
  );
}

function settle(promise: Promise<unknown>): Promise<unknown> {
  return world.settle(promise);
}

describe('a one-shot watch', () => {
  test.each([
    ['created', 'exists', (c: Client) => c.create('/new')],
    ['dataChanged', 'exists', (c: Client) => c.set('/old', 'x')],
    ['deleted', 'exists', (c: Client) => c.delete('/old')],
    ['dataChanged', 'get', (c: Client) => c.set('/old', 'x')],
    ['deleted', 'get', (c: Client) => c.delete('/old')],
    ['childrenChanged', 'children', (c: Client) => c.create('/old/child')],
    ['deleted', 'children', (c: Client) => c.delete('/old')],
  ] as const)('a one-shot watch reports %s once, if it was set by %s', async (type, read, change) => {
    await world.settle(other.create('/old'));
    const path = type === 'created' ? '/new' : '/old';
    const events: WatchEvent[] = [];
    await settle(client[read](path, { watch: (event) => events.push(event) }));
    await settle(change(other));
    const { zxid } = ensemble;
    await world.settle(other.create(`${path}-again`));
    expect(events).toEqual([{ type, path, zxid }]);
  });

  test('a failed read sets no one-shot watch', async () => {
    const events: WatchEvent[] = [];
    await world.settle(client.get('/new', { watch: (event) => events.push(event) }).catch(() => {}));
    await world.settle(other.create('/new'));
    await world.advance(10);
    expect(events).toEqual([]);
  });

  test('every callback of a one-shot watch is called once, although the server has one watch', async () => {
    let calls = 0;
    const watch = () => calls++;
    await world.settle(Promise.all([1, 2, 3].map(() => client.exists('/', { watch: () => watch() }))));
    await world.settle(Promise.all([other.set('/', 'a'), other.set('/', 'b')]));
    await world.advance(10);
    expect(calls).toBe(3);
  });

  test('a one-shot watch fires before the result of a call that shows the change', async () => {
    const order: string[] = [];
    await world.settle(client.get('/', { watch: () => order.push('event') }));
    await world.settle(
      other
        .set('/', 'x')
        .then(() => client.get('/'))
        .then(() => order.push('read')),
    );
    expect(order).toEqual(['event', 'read']);
  });

  test.each([
    ['changed', 'dataChanged', (c: Client) => c.set('/old', 'x')],
    ['deleted', 'deleted', (c: Client) => c.delete('/old')],
  ] as const)(
    'a one-shot watch reports a node that was %s during a disconnection',
    async (_, type, change) => {
      await world.settle(other.create('/old'));
      const events: WatchEvent[] = [];
      await world.settle(client.exists('/old', { watch: (event) => events.push(event) }));
      ensemble.isDown = true;
      for (const connection of [...ensemble.connections]) {
        if (connection === ensemble.sessions.get(client.session.id)?.connection) connection.cut();
      }
      await settle(change(other));
      expect(events).toEqual([]);
      ensemble.isDown = false;
      await world.advance(1_000);
      expect(events.map((event) => event.type)).toEqual([type]);
    },
  );

  test('one-shot watches are set again in requests of at most 128 KiB of paths', async () => {
    const name = 'x'.repeat(100);
    const paths = Array.from({ length: 2_000 }, (_, i) => `/${name}${i}`);
    let fired = 0;
    await world.settle(Promise.all(paths.map((path) => client.exists(path, { watch: () => fired++ }))));
    ensemble.cut();
    await world.advance(1_000);
    const rearming = ensemble.requests.flatMap(({ request }) =>
      request.op === OpCode.setNativeWatches ? [request.exist] : [],
    );
    expect(rearming.flat().sort()).toEqual(paths.sort());
    for (const piece of rearming) expect(piece.join('').length).toBeLessThan(128 * 1024);
    await world.settle(other.create(paths[1_234] ?? ''));
    expect(fired).toBe(1);
  });

  test('a callback that throws does not disturb the session', async () => {
    const errors: unknown[] = [];
    const catchError = (error: unknown) => errors.push(error);
    process.once('uncaughtException', catchError);
    const listeners = process.listeners('uncaughtException').filter((listener) => listener !== catchError);
    for (const listener of listeners) process.removeListener('uncaughtException', listener);
    await world.settle(
      client.exists('/', {
        watch: () => {
          throw new Error('mine');
        },
      }),
    );
    await world.settle(other.set('/', 'x'));
    await world.advance(10);
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(errors).toMatchObject([{ message: 'mine' }]);
    expect(client.state).toBe('connected');
  });
});

describe('following a node', () => {
  test('following a node reports every change in order, across reconnections', async () => {
    const watch = client.watch('/a');
    const changes: (() => Promise<unknown>)[] = [
      () => other.create('/a'),
      () => other.set('/a', '1'),
      () => other.set('/a', '2'),
      () => other.delete('/a'),
      () => other.create('/a'),
    ];
    const seen: string[] = [];
    for (const change of changes) {
      const next = watch.next();
      await world.settle(change());
      if (seen.length % 2 === 1) ensemble.cut();
      const { value } = await world.settle(next);
      seen.push(value?.type ?? 'end');
    }
    expect(seen).toEqual(['created', 'dataChanged', 'dataChanged', 'deleted', 'created']);
  });

  test('following begins with the call, so that nothing is lost between a read and the first event', async () => {
    const watch = client.watch('/', { kind: 'children' });
    const { children } = await world.settle(client.children('/'));
    await world.settle(other.create('/a'));
    expect(children).toEqual([]);
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'childrenChanged', path: '/' });
  });

  test('a slow reader gets the difference, including that a node was replaced', async () => {
    await world.settle(other.create('/a'));
    const watch = client.watch('/a');
    await world.advance(10);
    for (let i = 0; i < 10; i++) await world.settle(other.set('/a', `${i}`));
    await world.advance(10);
    expect((await world.settle(watch.next())).value).toMatchObject({
      type: 'dataChanged',
      stat: { version: 10 },
    });
    await world.settle(other.delete('/a'));
    await world.settle(other.create('/a'));
    await world.settle(other.set('/a', 'x'));
    await world.advance(10);
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'deleted' });
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'created', stat: { version: 1 } });
  });

  test('following the children of a missing node waits for its creation', async () => {
    const watch = client.watch('/a', { kind: 'children' });
    await world.advance(10);
    await world.settle(other.create('/a'));
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'created', path: '/a' });
    await world.settle(other.create('/a/b'));
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'childrenChanged', path: '/a' });
    await world.settle(other.set('/a', 'x'));
    await world.settle(other.delete('/a/b'));
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'childrenChanged', path: '/a' });
  });

  test('following ends with the loop that reads it, and leaves no watch behind', async () => {
    const seen: ChangeEvent[] = [];
    const reading = (async () => {
      for await (const event of client.watch('/')) {
        seen.push(event);
        break;
      }
    })();
    await world.advance(10);
    await world.settle(other.set('/', 'x'));
    await world.settle(reading);
    await world.advance(10);
    ensemble.requests.length = 0;
    ensemble.cut();
    await world.advance(1_000);
    expect(seen).toHaveLength(1);
    expect(ensemble.requests.filter(({ request }) => request.op === OpCode.setNativeWatches)).toEqual([]);
  });

  test('following fails with the reason of its signal', async () => {
    const aborter = new AbortController();
    const next = client.watch('/', { signal: aborter.signal }).next();
    await world.advance(10);
    aborter.abort('enough');
    expect(await world.settle(next.catch((error: unknown) => error))).toBe('enough');
  });

  test('following fails when the session is over, after the events that were not read yet', async () => {
    const watch = client.watch('/');
    await world.advance(10);
    await world.settle(other.set('/', 'x'));
    await world.advance(10);
    await world.settle(client.close());
    expect((await world.settle(watch.next())).value).toMatchObject({ type: 'dataChanged' });
    const error = await world.settle(watch.next().catch((cause: unknown) => cause));
    expect(error).toMatchObject({ code: 'CLOSED' });
    expect(await world.settle(watch.next())).toEqual({ done: true, value: undefined });
  });

  test('following can call back in the place of an iteration', async () => {
    const seen: string[] = [];
    const ends: unknown[] = [];
    const stop = client.watch('/').subscribe(
      (event) => seen.push(event.type),
      (error) => ends.push(error),
    );
    await world.advance(10);
    await world.settle(other.set('/', 'x'));
    await world.advance(10);
    stop();
    await world.settle(other.set('/', 'y'));
    await world.advance(10);
    expect(seen).toEqual(['dataChanged']);
    expect(ends).toEqual([]);
  });
});
