import { OpCode } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Client, connect, type EventWatch, type TreeEvent } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

let world: VirtualEnvironment;
let ensemble: FakeEnsemble;
let client: Client;
/** Another client, which makes the changes. */
let other: Client;

function open(): Promise<Client> {
  const servers = ensemble.isNative ? ['ws://a:1', 'ws://b:2'] : ['tcp://a:1', 'tcp://b:2'];
  return world.settle(connect({ servers, sessionTimeoutMs: 6_000, environment: world }));
}

async function begin(isNative = true): Promise<void> {
  world = new VirtualEnvironment();
  ensemble = new FakeEnsemble(() => world.now(), isNative);
  for (const port of [1, 2]) world.listen(port, ensemble);
  client = await open();
  other = await open();
}

beforeEach(() => begin());

/** Collects the events of a watch. */
function hear(watch: EventWatch): TreeEvent[] {
  const events: TreeEvent[] = [];
  watch.subscribe(
    (event) => events.push(event),
    () => {},
  );
  return events;
}

function textOf(events: readonly TreeEvent[]): string[] {
  return events.map(({ type, path }) => `${type} ${path}`);
}

async function change(...steps: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps) await world.settle(step());
  await world.advance(10);
}

/** Cuts the connection of the client, and not that of the other one. */
function cutClient(): void {
  ensemble.sessions.get(client.session.id)?.connection?.cut();
}

describe('while connected', () => {
  test('a recursive watch reports every change below it, one by one', async () => {
    const events = hear(client.watch('/', { recursive: true }));
    await change(
      () => other.create('/a'),
      () => other.create('/a/b'),
      () => other.set('/a/b', '1'),
      () => other.set('/a/b', '2'),
      () => other.delete('/a/b'),
    );
    expect(textOf(events)).toEqual([
      'created /a',
      'created /a/b',
      'dataChanged /a/b',
      'dataChanged /a/b',
      'deleted /a/b',
    ]);
    expect(events.map(({ zxid }) => zxid)).toEqual([3, 4, 5, 6, 7]);
  });

  test('a persistent watch reports changes of the node and of the list of its children', async () => {
    const events = hear(client.watch('/a', { recursive: false }));
    await change(
      () => other.create('/a'),
      () => other.create('/a/b'),
      () => other.create('/a/b/c'),
      () => other.set('/a', '1'),
    );
    expect(textOf(events)).toEqual(['created /a', 'childrenChanged /a', 'dataChanged /a']);
  });

  test('two readers of one path share a watch, and the last to leave removes it', async () => {
    const first = client.watch('/', { recursive: true });
    const second = client.watch('/', { recursive: true });
    const heardByFirst = hear(first);
    const heardBySecond = hear(second);
    await change(() => other.create('/a'));
    await first.return();
    await change(() => other.create('/b'));
    await second.return();
    await change(() => other.create('/c'));
    expect(textOf(heardByFirst)).toEqual(['created /a']);
    expect(textOf(heardBySecond)).toEqual(['created /a', 'created /b']);
    const sent = ensemble.requests.map(({ request }) => request.op).filter((op) => op >= 17 && op <= 106);
    expect(sent).toEqual([OpCode.addWatch, OpCode.removeWatches]);
  });

  test('a one-shot watch on the same path fires too', async () => {
    const events = hear(client.watch('/', { recursive: true }));
    const once: string[] = [];
    await world.settle(client.exists('/a', { watch: ({ type }) => once.push(type) }));
    await change(
      () => other.create('/a'),
      () => other.set('/a', ''),
    );
    expect(once).toEqual(['created']);
    expect(textOf(events)).toEqual(['created /a', 'dataChanged /a']);
  });

  test('an event comes before the result of a call that shows the change', async () => {
    const order: string[] = [];
    const watch = client.watch('/', { recursive: true });
    watch.subscribe(
      () => order.push('event'),
      () => {},
    );
    await world.settle(other.create('/a').then(() => client.exists('/a').then(() => order.push('read'))));
    expect(order).toEqual(['event', 'read']);
  });

  test('a reader that falls behind gets a gap', async () => {
    const watch = client.watch('/', { recursive: true, waitingMax: 2 });
    await change(
      () => other.create('/a'),
      () => other.create('/b'),
      () => other.create('/c'),
      () => other.create('/d'),
    );
    const events = [(await watch.next()).value, (await watch.next()).value];
    expect(events).toEqual([
      { type: 'gap', path: '/', zxid: 5 },
      { type: 'created', path: '/d', zxid: 6 },
    ]);
  });
});

describe('across reconnections', () => {
  test('changes made during a disconnection are reported once and in order', async () => {
    const events = hear(client.watch('/', { recursive: true }));
    await change(() => other.create('/a'));
    cutClient();
    await world.settle(other.set('/a', '1'));
    await world.settle(other.delete('/a'));
    await world.advance(1_000);
    await change(() => other.create('/b'));
    expect(textOf(events)).toEqual(['created /a', 'dataChanged /a', 'deleted /a', 'created /b']);
  });

  test('a transaction that was reported in part before a disconnection is completed after it', async () => {
    const events = hear(client.watch('/', { recursive: true }));
    await change(() => other.create('/a'));
    for (const left of [1, 2, 3]) {
      ensemble.eventsLeft = left;
      await world.settle(
        other.multi([
          { type: 'set', path: '/a', data: '1' },
          { type: 'set', path: '/a', data: '2' },
          { type: 'create', path: '/a/x' },
          { type: 'delete', path: '/a/x' },
        ]),
      );
      await world.advance(1_000);
    }
    const each = ['dataChanged /a', 'dataChanged /a', 'created /a/x', 'deleted /a/x'];
    expect(textOf(events)).toEqual(['created /a', ...each, ...each, ...each]);
  });

  test('a second disconnection amid the missed events repeats none and loses none', async () => {
    const events = hear(client.watch('/', { recursive: true }));
    await change(() => other.create('/a'));
    cutClient();
    for (let i = 0; i < 5; i++) await world.settle(other.set('/a', `${i}`));
    for (let cuts = 0; cuts < 5; cuts++) {
      ensemble.eventsLeft = 2;
      await world.advance(1_000);
    }
    ensemble.eventsLeft = Number.POSITIVE_INFINITY;
    await world.advance(1_000);
    expect(textOf(events)).toEqual(['created /a', ...Array<string>(5).fill('dataChanged /a')]);
  });

  test('a server that no longer knows what was missed reports a gap', async () => {
    const events = hear(client.watch('/a', { recursive: true }));
    await change(() => other.create('/a'));
    cutClient();
    await world.settle(other.set('/a', '1'));
    ensemble.historyFloor = ensemble.zxid;
    await world.advance(1_000);
    const { zxid } = ensemble;
    await change(() => other.set('/a', '2'));
    expect(events.slice(1)).toEqual([
      { type: 'gap', path: '/a', zxid },
      { type: 'dataChanged', path: '/a', zxid: zxid + 1 },
    ]);
  });

  test('a watch that has ended is not set again', async () => {
    const watch = client.watch('/', { recursive: true });
    await world.advance(10);
    await watch.return();
    cutClient();
    await world.advance(1_000);
    const again = ensemble.requests.filter(({ request }) => request.op === OpCode.setNativeWatches);
    expect(again).toEqual([]);
  });

  test('a request for a watch whose answer was lost is sent again', async () => {
    let isFirst = true;
    ensemble.decideFate = (_, { op }) => {
      if (op !== OpCode.addWatch || !isFirst) return 'answer';
      isFirst = false;
      return 'loseAnswer';
    };
    const events = hear(client.watch('/', { recursive: true }));
    await world.advance(1_000);
    await change(() => other.create('/a'));
    expect(textOf(events)).toEqual(['created /a']);
  });

  test('a reconnection to a ZooKeeper server is a gap', async () => {
    await begin(false);
    const events = hear(client.watch('/', { recursive: true }));
    await change(() => other.create('/a'));
    cutClient();
    await world.settle(other.set('/a', '1'));
    await world.advance(1_000);
    await change(() => other.set('/a', '2'));
    expect(textOf(events)).toEqual(['created /a', 'gap /', 'dataChanged /a']);
  });
});

describe('it ends', () => {
  test('a watch that the server refuses ends with its error', async () => {
    ensemble.decideFate = (_, { op }) => (op === OpCode.addWatch ? { error: -127 } : 'answer');
    const watch = client.watch('/', { recursive: true });
    await expect(world.settle(watch.next())).rejects.toMatchObject({ code: 'THROTTLED_OP' });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  test('a watch ends with its signal, after the events that came before', async () => {
    const abort = new AbortController();
    const watch = client.watch('/', { recursive: true, signal: abort.signal });
    await change(() => other.create('/a'));
    abort.abort(new Error('enough'));
    expect((await watch.next()).value).toMatchObject({ type: 'created' });
    await expect(watch.next()).rejects.toThrow('enough');
  });

  test('a watch ends with the session', async () => {
    const watch = client.watch('/', { recursive: true });
    await world.advance(10);
    const next = watch.next();
    ensemble.expire(client.session.id);
    await expect(world.settle(next)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  test('a watch ends when the loop that reads it is left', async () => {
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { type } of client.watch('/', { recursive: true })) {
        seen.push(type);
        break;
      }
    })();
    await change(() => other.create('/a'));
    await world.settle(loop);
    await world.advance(10);
    expect(seen).toEqual(['created']);
    expect(ensemble.requests.at(-1)?.request).toMatchObject({ op: OpCode.removeWatches, path: '/' });
  });
});
