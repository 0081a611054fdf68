import { InvariantError, type Zxid } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { SharedAcl } from '../access/acl-table.ts';
import type { Change } from '../change.ts';
import { EventHistory } from './event-history.ts';

const acl = new SharedAcl([]);

function changes(count: number, path = '/a'): Change[] {
  return Array.from({ length: count }, () => ({ type: 3, path, acl }));
}

function zxidsAfter(history: EventHistory, zxid: number): number[] {
  return [...history.after(zxid)].map((change) => change.zxid);
}

function historyOf(zxids: readonly number[], changesMax = 1000): EventHistory {
  const history = new EventHistory(0 as Zxid, { changesMax, bytesMax: 1_000_000 });
  for (const zxid of zxids) history.append(zxid as Zxid, changes(1));
  return history;
}

test.each([
  [0, [2, 4, 6]],
  [1, [2, 4, 6]],
  [2, [4, 6]],
  [3, [4, 6]],
  [5, [6]],
  [6, []],
  [9, []],
])('after %i come %j', (zxid, expected) => {
  expect(zxidsAfter(historyOf([2, 4, 6]), zxid)).toEqual(expected);
});

test('a transaction that changed nothing takes no room', () => {
  const history = historyOf([1]);
  history.append(2 as Zxid, []);
  expect(zxidsAfter(history, 0)).toEqual([1]);
});

describe('what is too much is let go, whole transactions, the oldest first', () => {
  test('by the number of changes', () => {
    const history = new EventHistory(7 as Zxid, { changesMax: 5, bytesMax: 1_000_000 });
    expect(history.floor).toBe(7);
    history.append(8 as Zxid, changes(3));
    history.append(9 as Zxid, changes(2));
    expect(history).toMatchObject({ floor: 7, changeCount: 5 });
    history.append(10 as Zxid, changes(1));
    expect(history).toMatchObject({ floor: 8, changeCount: 3 });
    expect(zxidsAfter(history, history.floor)).toEqual([9, 9, 10]);
  });

  test('by bytes', () => {
    const history = new EventHistory(0 as Zxid, { changesMax: 1000, bytesMax: 1300 });
    for (let zxid = 1; zxid <= 4; zxid++) history.append(zxid as Zxid, changes(1, '/'.padEnd(400, 'x')));
    expect(history.floor).toBe(1);
    expect(history.bytes).toBeLessThanOrEqual(1300);
  });

  test('down to nothing, when one transaction alone is too much', () => {
    const history = historyOf([1, 2], 3);
    history.append(3 as Zxid, changes(4));
    expect(history).toMatchObject({ floor: 3, changeCount: 0, bytes: 0 });
    expect(zxidsAfter(history, 3)).toEqual([]);
  });

  test('all along a long history', () => {
    const history = historyOf([], 100);
    for (let zxid = 1; zxid <= 10_000; zxid++) {
      history.append(zxid as Zxid, changes(1));
      if (zxid % 977 !== 0) continue;
      const zxids = zxidsAfter(history, history.floor);
      expect(zxids).toHaveLength(100);
      expect(zxids[0]).toBe(history.floor + 1);
      expect(zxids.at(-1)).toBe(zxid);
    }
  });
});

test('a long ACL of nodes that are no more takes room too', () => {
  const history = new EventHistory(0 as Zxid, { changesMax: 1000, bytesMax: 100_000 });
  for (let zxid = 1; zxid <= 100; zxid++) {
    const list = Array.from({ length: 100 }, (_, i) => ({
      permissions: 1,
      scheme: 'digest',
      id: `${zxid}:${i}`,
    }));
    history.append(zxid as Zxid, [{ type: 2, path: '/a', acl: new SharedAcl(list) }]);
  }
  expect(history.changeCount).toBeLessThan(20);
  expect(history.bytes).toBeLessThanOrEqual(100_000);
  for (let zxid = 101; zxid <= 2000; zxid++) history.append(zxid as Zxid, changes(1));
  expect(history.bytes).toBe(1000 * 34);
});

test.each([4, 5])('the changes of zxid %i are refused after those of zxid 5', (zxid) => {
  const history = new EventHistory(4 as Zxid, { changesMax: 10, bytesMax: 10_000 });
  history.append(5 as Zxid, changes(1));
  expect(() => history.append(zxid as Zxid, changes(1))).toThrow(InvariantError);
});
