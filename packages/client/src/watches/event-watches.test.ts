import { EventType, InvariantError, OpCode, type Zxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { EventWatchEntry, EventWatches } from './event-watches.ts';

const { nodeCreated, nodeDataChanged, nodeChildrenChanged } = EventType;
const listener = { onEvent: () => {}, onFailure: () => {} };

function zxid(value: number): Zxid {
  return value as Zxid;
}

describe('an event that is sent again after a reconnection is delivered once', () => {
  /** Each transaction of the script changes /a twice and creates /b. */
  const script = [1, 2, 3].flatMap((at) => [
    [nodeDataChanged, '/a', zxid(at)] as const,
    [nodeDataChanged, '/a', zxid(at)] as const,
    [nodeCreated, '/b', zxid(at)] as const,
  ]);
  const cuts = script.flatMap((_, first) => script.map((_, second) => [first, second] as const));

  test.each(cuts)(
    'disconnected after %i events, and again after %i of the repeated ones',
    (first, second) => {
      const entry = new EventWatchEntry('/', true);
      entry.isArmed = true;
      let delivered = 0;
      let newest = 0;
      const deliver = (events: typeof script) => {
        for (const [type, path, at] of events) {
          if (entry.accepts(type, path, at)) delivered++;
          newest = Math.max(newest, at);
        }
      };
      deliver(script.slice(0, first));
      const resumed = script.filter(([, , at]) => at > newest - 1);
      entry.expectRepetitions();
      deliver(resumed.slice(0, second));
      entry.expectRepetitions();
      deliver(resumed);
      expect(delivered).toBe(script.length);
    },
  );
});

test('an event up to the zxid that is complete is not news', () => {
  const entry = new EventWatchEntry('/', true);
  entry.complete(zxid(7));
  expect(entry.accepts(nodeCreated, '/a', zxid(7))).toBe(false);
  expect(entry.accepts(nodeCreated, '/a', zxid(8))).toBe(true);
});

test('without a zxid every event is news', () => {
  const entry = new EventWatchEntry('/', true);
  for (let i = 0; i < 2; i++) expect(entry.accepts(nodeCreated, '/a', undefined)).toBe(true);
});

describe('which watch an event is for', () => {
  const cases = [
    ['/a', false, nodeDataChanged, '/a', true],
    ['/a', false, nodeChildrenChanged, '/a', true],
    ['/a', false, nodeDataChanged, '/a/b', false],
    ['/a', true, nodeDataChanged, '/a/b/c', true],
    ['/a', true, nodeChildrenChanged, '/a', false],
    ['/a', true, nodeDataChanged, '/ab', false],
    ['/', true, nodeDataChanged, '/a', true],
    ['/', true, nodeDataChanged, '/', true],
  ] as const;
  test.each(cases)(
    'a watch on %s (recursive: %s) of event %i at %s: %s',
    (path, recursive, type, at, isFor) => {
      const watches = new EventWatches();
      watches.entry(path, recursive).listeners.add(listener);
      expect(watches.take(type, at, zxid(1))).toEqual(isFor ? [listener] : []);
    },
  );
});

test('watches are set again in requests that fit into a frame, without those that the server never had', () => {
  const watches = new EventWatches();
  const name = 'x'.repeat(1_000);
  const listen = (path: string, recursive: boolean): EventWatchEntry => {
    const entry = watches.entry(path, recursive);
    entry.listeners.add(listener);
    return entry;
  };
  for (let i = 0; i < 300; i++) listen(`/${name}${i}`, i % 2 === 0).isArmed = true;
  listen('/pending', true);
  const requests = watches.rearm(zxid(5), true);
  expect(requests.map(({ op, relativeZxid }) => [op, relativeZxid])).toEqual([
    [OpCode.setNativeWatches, 5],
    [OpCode.setNativeWatches, 5],
  ]);
  const paths = requests.flatMap(({ persistent, persistentRecursive }) => [
    ...persistent,
    ...persistentRecursive,
  ]);
  expect(new Set(paths).size).toBe(300);
  expect(paths).not.toContain('/pending');
  expect(watches.rearm(zxid(5), false)[0]?.op).toBe(OpCode.setWatches2);
});

test('a watch without a listener is a broken invariant', () => {
  const watches = new EventWatches();
  watches.entry('/a', true).isArmed = true;
  expect(() => watches.rearm(zxid(5), true)).toThrow(InvariantError);
});
