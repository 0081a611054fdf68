import { EventType, unreachable, WatcherType } from '@conclave/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { SharedAcl } from '../access/acl-table.ts';
import { reachOf, WatchBit, type WatchKind } from './watch-kind.ts';
import { WatchTable } from './watch-table.ts';

interface Watcher {
  readonly name: string;
}

const { nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged } = EventType;
const acl = new SharedAcl([]);
const one: Watcher = { name: 'one' };
const two: Watcher = { name: 'two' };
let table: WatchTable<Watcher>;

beforeEach(() => {
  table = new WatchTable();
});

function fire(type: number, path: string): string[] {
  const fired: string[] = [];
  table.trigger({ type, path, acl }, ({ name }) => fired.push(name));
  return fired.sort();
}

describe('watches that stay', () => {
  test.each<[kind: WatchKind, path: string, heard: number[]]>([
    ['persistent', '/a', [nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged]],
    ['persistent', '/a/b', []],
    ['persistent', '/', []],
    ['persistentRecursive', '/a', [nodeCreated, nodeDeleted, nodeDataChanged]],
    ['persistentRecursive', '/a/b', []],
    ['persistentRecursive', '/', [nodeCreated, nodeDeleted, nodeDataChanged]],
  ])('%s on %s hears of /a: %j', (kind, path, heard) => {
    table.add(kind, path, one);
    for (const type of [nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged]) {
      const expected = heard.includes(type) ? ['one'] : [];
      for (let times = 0; times < 2; times++) expect(fire(type, '/a')).toEqual(expected);
    }
    expect(table.count).toBe(1);
  });

  test('names that begin alike are not below one another', () => {
    table.add('persistentRecursive', '/a', one);
    expect(fire(nodeDataChanged, '/ab')).toEqual([]);
    expect(fire(nodeDataChanged, '/a/b/c')).toEqual(['one']);
  });
});

describe('kinds beside one another', () => {
  test('a watcher gets one event for a change, however many of its watches wait for it', () => {
    for (const kind of ['data', 'child', 'persistent', 'persistentRecursive'] as const)
      table.add(kind, '/a', one);
    table.add('persistentRecursive', '/', one);
    table.add('persistentRecursive', '/a', two);
    expect(fire(nodeDeleted, '/a')).toEqual(['one', 'two']);
    expect(table.countOf(one)).toBe(3);
  });

  test('a watch that fires once leaves the one that stays', () => {
    table.add('persistent', '/a', one);
    table.add('data', '/a', one);
    expect(fire(nodeDataChanged, '/a')).toEqual(['one']);
    expect(table.has(WatcherType.data, '/a', one)).toBe(false);
    expect(table.has(WatcherType.persistent, '/a', one)).toBe(true);
    expect(fire(nodeDataChanged, '/a')).toEqual(['one']);
  });

  test('a recursive watch leaves the children to a child watch', () => {
    table.add('persistentRecursive', '/a', one);
    table.add('child', '/a', one);
    expect(fire(nodeChildrenChanged, '/a')).toEqual(['one']);
    expect(fire(nodeChildrenChanged, '/a')).toEqual([]);
  });
});

describe('removal', () => {
  const kinds: WatchKind[] = ['data', 'child', 'holder', 'persistent', 'persistentRecursive'];
  test.each([
    ['children', ['child']],
    ['data', ['data']],
    ['any', ['data', 'child', 'persistent', 'persistentRecursive']],
    ['persistent', ['persistent']],
    ['persistentRecursive', ['persistentRecursive']],
  ] as const)('%s takes %j', (type, taken) => {
    for (const kind of kinds) table.add(kind, '/a', one);
    expect(table.remove(WatcherType[type], '/a', one)).toBe(true);
    expect(table.countOf(one)).toBe(kinds.length - taken.length);
    expect(table.has(WatcherType[type], '/a', one)).toBe(false);
    expect(table.remove(WatcherType[type], '/a', one)).toBe(false);
  });

  test.each(Object.entries(WatcherType))('there is no %s watch of another, or elsewhere', (_, type) => {
    for (const kind of kinds) table.add(kind, '/a', one);
    for (const [path, watcher] of [
      ['/a', two],
      ['/b', one],
      ['/a/b', one],
    ] as const) {
      expect(table.has(type, path, watcher)).toBe(false);
      expect(table.remove(type, path, watcher)).toBe(false);
    }
    expect(table.count).toBe(kinds.length);
  });

  test('of a recursive watch stops what it heard of below', () => {
    table.add('persistentRecursive', '/a', one);
    table.add('persistentRecursive', '/a', two);
    table.remove(WatcherType.any, '/a', one);
    expect(fire(nodeCreated, '/a/b')).toEqual(['two']);
    table.removeWatcher(two);
    expect(fire(nodeCreated, '/a/b')).toEqual([]);
    expect(table).toMatchObject({ count: 0, pathCount: 0, watcherCount: 0 });
  });
});

test('watches can be listed by path and by watcher', () => {
  table.add('data', '/a', one);
  table.add('child', '/a', one);
  table.add('persistent', '/b', one);
  table.add('data', '/a', two);
  const byPath = [...table.byPath()].map(([path, watchers]) => [
    path,
    [...watchers].map(({ name }) => name).sort(),
  ]);
  expect(byPath).toEqual([
    ['/a', ['one', 'two']],
    ['/b', ['one']],
  ]);
  const byWatcher = [...table.byWatcher()].map(([{ name }, paths]) => [name, [...paths]]);
  expect(byWatcher).toEqual([
    ['one', ['/a', '/b']],
    ['two', ['/a']],
  ]);
  expect(table).toMatchObject({ count: 4, pathCount: 2, watcherCount: 2 });
});

test('a list that is read while watches come and go has each that stayed once, and ends', () => {
  const watchers = Array.from({ length: 8 }, (_, i): Watcher => ({ name: String(i) }));
  const change = fc.record({
    add: fc.boolean(),
    watcher: fc.nat(7),
    path: fc.constantFrom('/a', '/b', '/c'),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      table = new WatchTable();
      for (const watcher of watchers) table.add('data', '/stays', watcher);
      const queue = [...changes];
      const fired: string[] = [];
      for (const [path, those] of table.byPath()) {
        for (const { name } of those) {
          if (path === '/stays') fired.push(name);
          const next = queue.pop();
          const watcher = next === undefined ? undefined : watchers[next.watcher];
          if (next === undefined || watcher === undefined) continue;
          if (next.add) table.add('data', next.path, watcher);
          else table.remove(WatcherType.any, next.path, watcher);
        }
      }
      expect(fired.sort()).toEqual(watchers.map(({ name }) => name));
    }),
  );
});

test('a list that is read slowly ends, however many watches come and go meanwhile', () => {
  for (const path of ['/a', '/b', '/c']) for (const watcher of [one, two]) table.add('data', path, watcher);
  let seen = 0;
  for (const [path, watchers] of table.byPath()) {
    for (const _ of watchers) {
      seen++;
      table.removeWatcher(one);
      table.add('data', path, one);
      table.add('data', `${path}/${seen}`, two);
    }
  }
  for (const [watcher, paths] of table.byWatcher()) {
    for (const path of paths) {
      seen++;
      table.remove(WatcherType.data, path, watcher);
      table.add('data', `${path}x`, watcher);
    }
  }
  expect(seen).toBeLessThan(30);
});

/** A list of all watches, looked through for every change. */
class PlainTable {
  watches: { readonly kind: WatchKind; readonly path: string; readonly watcher: Watcher }[] = [];

  add(kind: WatchKind, path: string, watcher: Watcher): void {
    const isThere = this.watches.some((w) => w.kind === kind && w.path === path && w.watcher === watcher);
    if (!isThere) this.watches.push({ kind, path, watcher });
  }

  remove(kind: WatchKind, path: string, watcher: Watcher): boolean {
    return this.#drop((w) => w.kind === kind && w.path === path && w.watcher === watcher);
  }

  removeWatcher(watcher: Watcher): void {
    this.#drop((w) => w.watcher === watcher);
  }

  fire(type: number, path: string): string[] {
    const reach = reachOf(type);
    if (reach === undefined) return [];
    const fired = new Set<string>();
    for (const { kind, path: at, watcher } of this.watches) {
      const isHere = at === path && (WatchBit[kind] & reach.at) !== 0;
      const isBelow = at === '/' ? path !== '/' : path.startsWith(`${at}/`);
      if (isHere || (kind === 'persistentRecursive' && reach.isRecursive && isBelow)) fired.add(watcher.name);
    }
    this.#drop(({ kind, path: at }) => at === path && (WatchBit[kind] & reach.spent) !== 0);
    return [...fired].sort();
  }

  #drop(which: (watch: PlainTable['watches'][number]) => boolean): boolean {
    const before = this.watches.length;
    this.watches = this.watches.filter((watch) => !which(watch));
    return this.watches.length < before;
  }
}

test('it does what a plain list does', () => {
  const watchers: Watcher[] = [one, two, { name: 'three' }];
  const paths = ['/', '/a', '/a/b', '/a/b/c', '/ab'];
  const types = {
    data: WatcherType.data,
    child: WatcherType.children,
    persistent: WatcherType.persistent,
    persistentRecursive: WatcherType.persistentRecursive,
  };
  const kind = fc.constantFrom(...(Object.keys(types) as (keyof typeof types)[]));
  const path = fc.constantFrom(...paths);
  const watcher = fc.constantFrom(...watchers);
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('add' as const), kind, path, watcher }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), kind, path, watcher }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), watcher }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('fire' as const),
        type: fc.constantFrom(nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged),
        path,
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      table = new WatchTable();
      const plain = new PlainTable();
      for (const each of steps) {
        switch (each.do) {
          case 'add':
            table.add(each.kind, each.path, each.watcher);
            plain.add(each.kind, each.path, each.watcher);
            break;
          case 'remove':
            expect(table.remove(types[each.kind], each.path, each.watcher)).toBe(
              plain.remove(each.kind, each.path, each.watcher),
            );
            break;
          case 'leave':
            table.removeWatcher(each.watcher);
            plain.removeWatcher(each.watcher);
            break;
          case 'fire':
            expect(fire(each.type, each.path)).toEqual(plain.fire(each.type, each.path));
            break;
          default:
            unreachable(each);
        }
        expect(table.count).toBe(plain.watches.length);
      }
      for (const each of watchers) {
        const watches = plain.watches.filter((watch) => watch.watcher === each);
        expect(table.countOf(each)).toBe(watches.length);
        const watched = new Set(watches.map((watch) => watch.path));
        expect(table.pathLengthOf(each)).toBe([...watched].join('').length);
      }
      expect(table.pathCount).toBe(new Set(plain.watches.map((watch) => watch.path)).size);
      expect(table.watcherCount).toBe(new Set(plain.watches.map((watch) => watch.watcher)).size);
    }),
    { numRuns: 300 },
  );
});
