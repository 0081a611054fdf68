import {
  EventType,
  OpCode,
  type SetNativeWatchesRequest,
  type SetWatches2Request,
  type UnguardedWrite,
} from '@conclave/protocol';
import { EventHistory, type RewatchRequest, type SharedAcl, WatchTable } from '@conclave/tree';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, remove, setData } from './driver.ts';

type Sent = [type: number, path: string, zxid: number];
type Lists = Partial<Omit<SetNativeWatchesRequest, 'op' | 'relativeZxid'>>;

const { nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged, gap } = EventType;
const NO_LISTS = { data: [], exist: [], child: [], persistent: [], persistentRecursive: [] };

let driver: Driver;
let history: EventHistory;
let table: WatchTable<object>;
let watcher: object;
let readable: (acl: SharedAcl) => boolean;

beforeEach(() => {
  driver = new Driver();
  table = new WatchTable();
  watcher = {};
  readable = () => true;
  history = new EventHistory(driver.tree.lastZxid, { changesMax: 1000, bytesMax: 1_000_000 });
  for (const path of ['/a', '/a/x', '/b']) apply(create(path));
});

function apply(write: UnguardedWrite): number {
  const { zxid, changes } = driver.apply(write);
  history.append(zxid, changes);
  return zxid;
}

/** As if this server had begun after all that happened so far. */
function forget(): void {
  history = new EventHistory(driver.tree.lastZxid, { changesMax: 1000, bytesMax: 1_000_000 });
}

function comeBack(relativeZxid: number, lists: Lists, request: Partial<RewatchRequest> = {}): Sent[] {
  const sent: Sent[] = [];
  const { holder: _, ...classic } = lists;
  const full = {
    ...NO_LISTS,
    ...classic,
    op: OpCode.setWatches2,
    relativeZxid,
    ...request,
  } as SetWatches2Request;
  const context = { tree: driver.tree, history, mayRead: readable };
  table.reregister(context, full, watcher, ({ type, path, zxid }) => sent.push([type, path, zxid]));
  return sent;
}

describe('out of the history', () => {
  test('a persistent watch gets the changes of its node and its children, in order, each once', () => {
    const seen = driver.tree.lastZxid;
    const first = apply(setData('/a', '1'));
    apply(setData('/b', '1'));
    const second = apply(create('/a/y'));
    const third = apply(setData('/a', '2'));
    apply(setData('/a/y', '2'));
    expect(comeBack(seen, { persistent: ['/a'] })).toEqual([
      [nodeDataChanged, '/a', first],
      [nodeChildrenChanged, '/a', second],
      [nodeDataChanged, '/a', third],
    ]);
    expect(table.count).toBe(1);
  });

  test('a recursive watch gets everything below, but no event for changed children', () => {
    const seen = driver.tree.lastZxid;
    const first = apply(create('/a/y'));
    const second = apply(create('/a/y/z'));
    const third = apply(remove('/a/y/z'));
    apply(create('/ab'));
    expect(comeBack(seen, { persistentRecursive: ['/a'] })).toEqual([
      [nodeCreated, '/a/y', first],
      [nodeCreated, '/a/y/z', second],
      [nodeDeleted, '/a/y/z', third],
    ]);
  });

  test('a node that was created and removed meanwhile is reported, as no comparison could', () => {
    const seen = driver.tree.lastZxid;
    const made = apply(create('/n'));
    const gone = apply(remove('/n'));
    expect(comeBack(seen, { persistent: ['/n'] })).toEqual([
      [nodeCreated, '/n', made],
      [nodeDeleted, '/n', gone],
    ]);
  });

  test('a change that several watches wait for is reported once', () => {
    const seen = driver.tree.lastZxid;
    const zxid = apply(setData('/a', '1'));
    const lists = { persistent: ['/a'], persistentRecursive: ['/', '/a'], data: ['/a'] };
    expect(comeBack(seen, lists)).toEqual([[nodeDataChanged, '/a', zxid]]);
    // The one-shot watch has fired with it.
    expect(table.count).toBe(3);
  });

  test('a change that the client has seen is not reported again', () => {
    apply(setData('/a', '1'));
    expect(comeBack(driver.tree.lastZxid, { persistentRecursive: ['/'] })).toEqual([]);
  });

  test('a list of watches in two pieces reports a change that concerns both once', () => {
    const seen = driver.tree.lastZxid;
    const zxid = apply(setData('/a', '1'));
    const other = apply(setData('/b', '1'));
    expect(comeBack(seen, { persistent: ['/a'] })).toEqual([[nodeDataChanged, '/a', zxid]]);
    expect(comeBack(seen, { persistentRecursive: ['/'] })).toEqual([[nodeDataChanged, '/b', other]]);
  });

  test('a child watch below a recursive one fires by itself', () => {
    const seen = driver.tree.lastZxid;
    const zxid = apply(create('/a/y'));
    expect(comeBack(seen, { persistentRecursive: ['/'], child: ['/a'] })).toEqual([
      [nodeCreated, '/a/y', zxid],
      [nodeChildrenChanged, '/a', zxid],
    ]);
  });

  test('a client gets no event of a node that it may not read', () => {
    const seen = driver.tree.lastZxid;
    apply(setData('/a', '1'));
    apply(remove('/b'));
    readable = () => false;
    const lists = { persistentRecursive: ['/'], data: ['/a'], child: ['/'], exist: ['/a/x'] };
    expect(comeBack(seen, lists)).toEqual([]);
  });

  test('the changes afterwards are reported as usual', () => {
    comeBack(driver.tree.lastZxid, { persistent: ['/a'] });
    const { changes } = driver.apply(setData('/a', '1'));
    const sent: number[] = [];
    for (const change of changes) table.trigger(change, (_, type) => sent.push(type));
    expect(sent).toEqual([nodeDataChanged]);
  });
});

describe('where the history does not reach', () => {
  test('a native client gets a gap event', () => {
    const seen = driver.tree.lastZxid;
    const zxid = apply(setData('/a', '1'));
    forget();
    const lists = { persistent: ['/a', '/n'], persistentRecursive: ['/a'] };
    const request = { op: OpCode.setNativeWatches, holder: [] } as const;
    expect(comeBack(seen, lists, request)).toEqual([
      [gap, '/a', zxid],
      [gap, '/n', zxid],
    ]);
    expect(table.count).toBe(3);
  });

  test('any other client gets events for the nodes that were created and changed', () => {
    const seen = driver.tree.lastZxid;
    const changed = apply(setData('/a', '1'));
    const made = apply(create('/a/y'));
    apply(setData('/a/y', '1'));
    forget();
    expect(comeBack(seen, { persistent: ['/a'] })).toEqual([
      [nodeDataChanged, '/a', changed],
      [nodeChildrenChanged, '/a', made],
    ]);
    table = new WatchTable();
    expect(comeBack(seen, { persistentRecursive: ['/a'] })).toEqual([
      [nodeDataChanged, '/a', made],
      [nodeCreated, '/a/y', made],
    ]);
  });

  test('a watched path that is longer than any that exists takes no time', () => {
    const seen = driver.tree.lastZxid;
    const gone = apply(remove('/b'));
    forget();
    const path = `/n${'/n'.repeat(400_000)}`;
    expect(comeBack(seen, { persistent: [path] })).toEqual([[nodeDeleted, path, gone]]);
  });

  test('of a node below that is gone, by its parent', () => {
    const seen = driver.tree.lastZxid;
    const gone = apply(remove('/a/x'));
    forget();
    expect(comeBack(seen, { persistentRecursive: ['/'] })).toEqual([[nodeDataChanged, '/a', gone]]);
  });

  test('of a watched node that is gone', () => {
    const seen = driver.tree.lastZxid;
    apply(remove('/a/x'));
    const zxid = apply(setData('/b', '1'));
    forget();
    for (const kind of ['persistent', 'persistentRecursive'] as const) {
      expect(comeBack(seen, { [kind]: ['/a/x'] })).toEqual([[nodeDeleted, '/a/x', zxid]]);
    }
  });

  test('of a watched node that never was, nothing', () => {
    const seen = driver.tree.lastZxid;
    apply(setData('/a', '1'));
    forget();
    for (const path of ['/a/n', '/n/m', '/b/c/d']) {
      expect(comeBack(seen, { persistent: [path], persistentRecursive: [path] })).toEqual([]);
    }
  });

  test('of nothing, when nothing has changed there', () => {
    const seen = driver.tree.lastZxid;
    apply(setData('/b', '1'));
    forget();
    expect(comeBack(seen, { persistent: ['/a'], persistentRecursive: ['/a'] })).toEqual([]);
  });

  test('a one-shot watch that such an event fires is not armed again', () => {
    const seen = driver.tree.lastZxid;
    const gone = apply(remove('/a/x'));
    forget();
    expect(comeBack(seen, { persistentRecursive: ['/'], data: ['/a'] })).toEqual([
      [nodeDataChanged, '/a', gone],
    ]);
    expect(table.count).toBe(1);
  });

  test('of no node that may not be read', () => {
    const seen = driver.tree.lastZxid;
    apply(setData('/a', '1'));
    forget();
    readable = () => false;
    expect(comeBack(seen, { persistentRecursive: ['/'], persistent: ['/a'] })).toEqual([]);
  });
});

test('whenever a client goes and comes back, it hears what it would have heard', () => {
  const path = fc.constantFrom('/a', '/a/x', '/a/x/y', '/b', '/n');
  const step = fc.record({ path, do: fc.constantFrom('create', 'delete', 'set') });
  const watch = fc.record({
    path: fc.oneof(path, fc.constant('/')),
    kind: fc.constantFrom('persistent' as const, 'persistentRecursive' as const),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 25 }),
      fc.array(watch, { minLength: 1, maxLength: 4 }),
      fc.nat(24),
      (steps, watches, awayAfter) => {
        driver = new Driver();
        table = new WatchTable();
        history = new EventHistory(driver.tree.lastZxid, { changesMax: 1000, bytesMax: 1_000_000 });
        for (const { kind, path: at } of watches) table.add(kind, at, watcher);
        const whole = new WatchTable<object>();
        for (const { kind, path: at } of watches) whole.add(kind, at, watcher);
        const live: Sent[] = [];
        const heard: Sent[] = [];
        let seen = driver.tree.lastZxid;
        steps.forEach((each, i) => {
          const write =
            each.do === 'create'
              ? create(each.path)
              : each.do === 'delete'
                ? remove(each.path)
                : setData(each.path, '');
          const { zxid, changes } = driver.apply(write);
          history.append(zxid, changes);
          for (const change of changes) {
            whole.trigger(change, (_, type, at) => live.push([type, at, zxid]));
            if (i < awayAfter) table.trigger(change, (_, type, at) => heard.push([type, at, zxid]));
          }
          if (i < awayAfter) seen = zxid;
        });
        table = new WatchTable();
        const lists = {
          persistent: watches.filter(({ kind }) => kind === 'persistent').map((each) => each.path),
          persistentRecursive: watches.filter(({ kind }) => kind !== 'persistent').map((each) => each.path),
        };
        expect([...heard, ...comeBack(seen, lists)]).toEqual(live);
      },
    ),
    { numRuns: 300 },
  );
});
