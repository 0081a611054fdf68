import { expect, test } from 'vitest';
import { majority, reachedByQuorum } from './quorum.ts';

test.each([
  { members: [1], ids: [1], quorum: true },
  { members: [1], ids: [], quorum: false },
  { members: [1, 2], ids: [1], quorum: false },
  { members: [1, 2], ids: [1, 2], quorum: true },
  { members: [1, 2, 3], ids: [1, 3], quorum: true },
  { members: [1, 2, 3, 4], ids: [1, 2], quorum: false },
  { members: [1, 2, 3], ids: [3, 4, 5], quorum: false },
])('$ids of $members: $quorum', ({ members, ids, quorum }) => {
  expect(majority(members).isQuorum(new Set(ids))).toBe(quorum);
});

test('an ensemble has members, with ids of 1..254', () => {
  expect(() => majority([])).toThrow(RangeError);
  expect(() => majority([0])).toThrow(RangeError);
  expect(() => majority([255])).toThrow(RangeError);
});

test.each([
  { ids: [1, 2, 3], values: [5, 3, 4], reached: 4 },
  { ids: [1, 2, 3], values: [5, 0, 0], reached: 0 },
  { ids: [1, 2], values: [7, 7], reached: 7 },
  { ids: [1], values: [9], reached: 0 },
])('of three, $ids at $values: a quorum reached $reached', ({ ids, values, reached }) => {
  expect(reachedByQuorum(majority([1, 2, 3]), ids, values)).toBe(reached);
});
