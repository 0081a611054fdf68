import { CreateFlag, EventType, OpCode, type UnguardedWrite } from '@conclave/protocol';
import {
  EventHistory,
  NO_CREDENTIALS,
  type RewatchContext,
  type WatchKind,
  WatchTable,
  watchKindOf,
} from '@conclave/tree';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, enter, join, leave, remove, setData } from './driver.ts';

interface Watcher {
  readonly events: [type: number, path: string][];
}

let driver: Driver;
let session: number;
let watches: WatchTable<Watcher>;
let watcher: Watcher;

beforeEach(() => {
  driver = new Driver();
  session = driver.openSession();
  driver.apply(create('/a'));
  driver.apply(create('/a/x'));
  driver.apply(create('/e', '', CreateFlag.ephemeral), { session });
  watches = new WatchTable();
  watcher = { events: [] };
});

function apply(write: UnguardedWrite): void {
  fire(driver.apply(write, { session }));
}

function fire({ changes }: ReturnType<Driver['apply']>): void {
  for (const change of changes) {
    watches.trigger(change, ({ events }, type, path) => events.push([type, path]));
  }
}

const NO_LISTS = { data: [], exist: [], child: [], holder: [], persistent: [], persistentRecursive: [] };

/** The sources of events for a client that comes back, without a history. */
function contextOf({ tree }: Driver): RewatchContext {
  const history = new EventHistory(tree.lastZxid, { changesMax: 100, bytesMax: 10_000 });
  return { tree, history, mayRead: () => true };
}

const { nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged, holderChanged } = EventType;

describe('which change fires which watch', () => {
  type Watch = [kind: WatchKind, path: string];
  const cases: [what: string, watch: Watch, write: UnguardedWrite, event: number | undefined][] = [
    ['a creation fires the data watch of an exists', ['data', '/n'], create('/n'), nodeCreated],
    ['a creation fires the child watch of the parent', ['child', '/'], create('/n'), nodeChildrenChanged],
    ['a creation leaves the data watch of the parent', ['data', '/a'], create('/a/n'), undefined],
    ['a creation leaves the child watch of the grandparent', ['child', '/'], create('/a/n'), undefined],
    ['a deletion fires the data watch', ['data', '/a/x'], remove('/a/x'), nodeDeleted],
    ['a deletion fires the child watch of the node', ['child', '/a/x'], remove('/a/x'), nodeDeleted],
    ['a deletion fires the child watch of the parent', ['child', '/a'], remove('/a/x'), nodeChildrenChanged],
    ['a deletion leaves the data watch of the parent', ['data', '/a'], remove('/a/x'), undefined],
    ['new data fire the data watch', ['data', '/a'], setData('/a', 'x'), nodeDataChanged],
    ['new data leave the child watch', ['child', '/a'], setData('/a', 'x'), undefined],
    ['new data leave the child watch of the parent', ['child', '/'], setData('/a', 'x'), undefined],
    ['a refusal fires nothing', ['data', '/a'], setData('/a', 'x', 7), undefined],
    ['the first in line fires the holder watch', ['holder', '/l'], join('/l', 'a-lock-'), holderChanged],
    ['a line fires the child watch too', ['child', '/'], join('/l', 'a-lock-'), nodeChildrenChanged],
    ['an open barrier fires the exists watch', ['data', '/b/ready'], enter('/b', 'p', 1), nodeCreated],
  ];
  test.each(cases)('%s', (_, [kind, path], write, event) => {
    watches.add(kind, path, watcher);
    apply(write);
    expect(watcher.events).toEqual(event === undefined ? [] : [[event, path]]);
    expect(watches.count).toBe(event === undefined ? 1 : 0);
  });
});

test('a watch fires once', () => {
  watches.add('data', '/a', watcher);
  apply(setData('/a', '1'));
  apply(setData('/a', '2'));
  expect(watcher.events).toEqual([[nodeDataChanged, '/a']]);
});

test('a watch set twice fires once', () => {
  watches.add('data', '/a', watcher);
  watches.add('data', '/a', watcher);
  expect(watches.count).toBe(1);
  apply(setData('/a', '1'));
  expect(watcher.events).toHaveLength(1);
});

test('one deletion fires once at one watcher, and both its watches are gone', () => {
  const other: Watcher = { events: [] };
  watches.add('data', '/a/x', watcher);
  watches.add('child', '/a/x', watcher);
  watches.add('child', '/a/x', other);
  watches.add('child', '/a', watcher);
  apply(remove('/a/x'));
  expect(watcher.events).toEqual([
    [nodeDeleted, '/a/x'],
    [nodeChildrenChanged, '/a'],
  ]);
  expect(other.events).toEqual([[nodeDeleted, '/a/x']]);
  expect(watches).toMatchObject({ count: 0, pathCount: 0 });
});

test('a closed session fires what its ephemerals are watched for', () => {
  watches.add('data', '/e', watcher);
  watches.add('child', '/', watcher);
  fire(driver.closeSession(session));
  expect(watcher.events).toEqual([
    [nodeDeleted, '/e'],
    [nodeChildrenChanged, '/'],
  ]);
});

test('a release fires the holder watch, a departure from the middle does not', () => {
  for (const prefix of ['a-lock-', 'b-lock-', 'c-lock-']) apply(join('/l', prefix));
  watches.add('holder', '/l', watcher);
  apply(leave('/l', 'b-lock-'));
  expect(watcher.events).toEqual([]);
  apply(leave('/l', 'a-lock-'));
  expect(watcher.events).toEqual([[holderChanged, '/l']]);
});

test('a watcher that was removed gets no event', () => {
  const other: Watcher = { events: [] };
  for (const kind of ['data', 'child', 'holder'] as const) watches.add(kind, '/a', watcher);
  watches.add('data', '/a', other);
  expect(watches.countOf(watcher)).toBe(3);
  watches.removeWatcher(watcher);
  expect(watches).toMatchObject({ count: 1, pathCount: 1 });
  expect(watches.countOf(watcher)).toBe(0);
  apply(setData('/a', ''));
  expect(watcher.events).toEqual([]);
  expect(other.events).toHaveLength(1);
});

test('a watch may be set again while it fires', () => {
  watches.add('data', '/a', watcher);
  const { changes } = driver.apply(setData('/a', ''));
  for (const change of changes) watches.trigger(change, (one) => watches.add('data', '/a', one));
  expect(watches.count).toBe(1);
});

describe('which read leaves a watch', () => {
  test.each([
    ['exists of a node', OpCode.exists, '/a', 'data'],
    ['exists of nothing', OpCode.exists, '/none', 'data'],
    ['getData', OpCode.getData, '/a', 'data'],
    ['getData of nothing', OpCode.getData, '/none', undefined],
    ['getChildren', OpCode.getChildren, '/a', 'child'],
    ['getChildren2 of nothing', OpCode.getChildren2, '/none', undefined],
    ['lineHolder of nothing', OpCode.lineHolder, '/none', 'holder'],
    ['lineHolder of no path', OpCode.lineHolder, 'none', undefined],
  ] as const)('%s', (_, op, path, kind) => {
    const request = { op, path, watch: true };
    const { error } = driver.tree.read(request, { sessionId: session, credentials: NO_CREDENTIALS });
    expect(watchKindOf(request, error)).toBe(kind);
    expect(watchKindOf({ ...request, watch: false }, error)).toBeUndefined();
  });
});

describe('watches that are set again after a connection was lost', () => {
  type Lists = { data?: string[]; exist?: string[]; child?: string[]; holder?: string[] };

  function reregister(relativeZxid: number, lists: Lists): [type: number, path: string][] {
    const fired: [number, string][] = [];
    const request = { ...NO_LISTS, ...lists, op: OpCode.setNativeWatches, relativeZxid };
    watches.reregister(contextOf(driver), request, watcher, ({ type, path }) => fired.push([type, path]));
    return fired;
  }

  const missed: [what: string, lists: Lists, write: UnguardedWrite, event: [number, string]][] = [
    ['new data', { data: ['/a'] }, setData('/a', ''), [nodeDataChanged, '/a']],
    ['a deletion, by a data watch', { data: ['/a/x'] }, remove('/a/x'), [nodeDeleted, '/a/x']],
    ['a deletion, by a child watch', { child: ['/a/x'] }, remove('/a/x'), [nodeDeleted, '/a/x']],
    ['a creation', { exist: ['/n'] }, create('/n'), [nodeCreated, '/n']],
    ['a new child', { child: ['/a'] }, create('/a/n'), [nodeChildrenChanged, '/a']],
    ['a child that is gone', { child: ['/a'] }, remove('/a/x'), [nodeChildrenChanged, '/a']],
    ['a first holder', { holder: ['/a'] }, join('/a', 'a-lock-'), [holderChanged, '/a']],
  ];
  test.each(missed)('%s was missed', (_, lists, write, event) => {
    const before = driver.tree.lastZxid;
    apply(write);
    expect(reregister(before, lists)).toEqual([event]);
    expect(watches.count).toBe(0);
  });

  test.each(missed)('%s is still to come', (_, lists, write, event) => {
    const zxid = driver.tree.lastZxid;
    expect(reregister(zxid, lists)).toEqual([]);
    expect(watches.count).toBe(1);
    apply(write);
    expect(watcher.events).toEqual([event]);
  });

  test('a holder that changed is reported, and one that stayed is not', () => {
    apply(join('/l', 'a-lock-'));
    const seen = driver.tree.lastZxid;
    apply(join('/l', 'b-lock-'));
    expect(reregister(seen, { holder: ['/l'] })).toEqual([]);
    apply(leave('/l', 'a-lock-'));
    expect(reregister(seen, { holder: ['/l'] })).toEqual([[holderChanged, '/l']]);
    apply(leave('/l', 'b-lock-'));
    expect(reregister(seen, { holder: ['/l'] })).toEqual([[holderChanged, '/l']]);
    apply(remove('/l'));
    expect(reregister(driver.tree.lastZxid, { holder: ['/l'] })).toEqual([[holderChanged, '/l']]);
  });

  test("ZooKeeper's own request has no holders", () => {
    const request = { op: OpCode.setWatches, relativeZxid: 0, data: ['/a'], exist: [], child: [] } as const;
    const fired: string[] = [];
    watches.reregister(contextOf(driver), request, watcher, ({ path }) => fired.push(path));
    expect(fired).toEqual(['/a']);
  });
});
