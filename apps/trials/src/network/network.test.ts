import { expect, test } from 'vitest';
import { waysAcross, waysBetween } from './network.ts';

test('waysBetween leads from each server of the first group to each of the second', () => {
  expect(waysBetween([1], [1, 2, 3])).toEqual([
    { from: 1, to: 2 },
    { from: 1, to: 3 },
  ]);
});

test('a leader with a minority is cut off from the majority in both directions', () => {
  const ways = waysAcross([
    [1, 2],
    [3, 4, 5],
  ]);
  expect(ways).toHaveLength(12);
  expect(ways).toContainEqual({ from: 1, to: 3 });
  expect(ways).toContainEqual({ from: 5, to: 2 });
  expect(ways).not.toContainEqual({ from: 1, to: 2 });
});

test('a bridge reaches both halves, which do not reach each other', () => {
  expect(
    waysAcross([
      [1, 2],
      [2, 3],
    ]),
  ).toEqual([
    { from: 1, to: 3 },
    { from: 3, to: 1 },
  ]);
});
