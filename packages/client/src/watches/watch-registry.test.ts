import { ErrorNumber, EventType, OpCode, type Zxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { type WatchCallback, WatchRegistry, type WatchTable, watchTableOf } from './watch-registry.ts';

const tables = ['data', 'exist', 'child', 'holder'] as const;

describe('an event takes away', () => {
  test.each<[string, number, WatchTable[]]>([
    ['created', EventType.nodeCreated, ['data', 'exist']],
    ['dataChanged', EventType.nodeDataChanged, ['data', 'exist']],
    ['deleted', EventType.nodeDeleted, ['data', 'exist', 'child']],
    ['childrenChanged', EventType.nodeChildrenChanged, ['child']],
    ['holderChanged', EventType.holderChanged, ['holder']],
    ['an event of the session', EventType.none, []],
  ])('%s', (_, type, expected) => {
    const registry = new WatchRegistry();
    const callbacks = new Map<WatchCallback, WatchTable>();
    for (const table of tables) {
      const callback = () => {};
      callbacks.set(callback, table);
      registry.add(table, '/a', callback);
    }
    const taken = [...registry.take(type, '/a')].map((callback) => callbacks.get(callback));
    expect(taken.sort()).toEqual(expected.sort());
    expect([...registry.take(type, '/a')]).toEqual([]);
    expect([...registry.take(type, '/b')]).toEqual([]);
  });
});

test('a callback in several tables is called once', () => {
  const registry = new WatchRegistry();
  const callback = () => {};
  registry.add('data', '/a', callback);
  registry.add('child', '/a', callback);
  expect([...registry.take(EventType.nodeDeleted, '/a')]).toEqual([callback]);
});

test('a removed watch is neither called nor set again', () => {
  const registry = new WatchRegistry();
  const callback = () => {};
  registry.add('data', '/a', callback);
  registry.remove('/a', callback);
  expect([...registry.take(EventType.nodeDeleted, '/a')]).toEqual([]);
  expect(registry.rearm(1 as Zxid, true)).toEqual([]);
});

test('the request to set watches again has no holders on a classic session', () => {
  const registry = new WatchRegistry();
  for (const table of tables) registry.add(table, `/${table}`, () => {});
  const lists = { relativeZxid: 7, data: ['/data'], exist: ['/exist'], child: ['/child'] };
  expect(registry.rearm(7 as Zxid, true)).toEqual([
    {
      op: OpCode.setNativeWatches,
      ...lists,
      persistent: [],
      persistentRecursive: [],
      holder: ['/holder'],
    },
  ]);
  expect(registry.rearm(7 as Zxid, false)).toEqual([{ op: OpCode.setWatches, ...lists }]);
});

test.each([
  [OpCode.exists, 'data', 'exist'],
  [OpCode.getData, 'data', undefined],
  [OpCode.getChildren2, 'child', undefined],
  [OpCode.lineHolder, 'holder', undefined],
] as const)('operation %i sets %s, and %s if there is no node', (op, found, missing) => {
  const request = { op, path: '/a', watch: true };
  expect(watchTableOf(request, ErrorNumber.OK)?.name).toBe(found);
  expect(watchTableOf(request, ErrorNumber.NO_NODE)?.name).toBe(missing);
  expect(watchTableOf(request, ErrorNumber.NO_AUTH)).toBeUndefined();
});
