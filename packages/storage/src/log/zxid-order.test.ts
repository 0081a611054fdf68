import { makeZxid, ZXID_ZERO } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { continues } from './zxid-order.ts';

test.each([
  ['the next counter', makeZxid(1, 4), makeZxid(1, 5), true],
  ['the same', makeZxid(1, 4), makeZxid(1, 4), false],
  ['a gap', makeZxid(1, 4), makeZxid(1, 6), false],
  ['an earlier one', makeZxid(1, 4), makeZxid(1, 3), false],
  ['the first of all', ZXID_ZERO, makeZxid(1, 1), true],
  ['the first of a later epoch', makeZxid(1, 4), makeZxid(3, 1), true],
  ['a later epoch that does not begin at 1', makeZxid(1, 4), makeZxid(2, 2), false],
  ['a later epoch that begins at 0', makeZxid(1, 4), makeZxid(2, 0), false],
  ['the counter running over', makeZxid(1, 2 ** 32 - 1), makeZxid(2, 0), false],
  ['an earlier epoch', makeZxid(2, 1), makeZxid(1, 1), false],
])('%s', (_name, previous, next, expected) => {
  expect(continues(previous, next)).toBe(expected);
});
