import { expect, test } from 'vitest';
import { checkExclusion, type Holding, overlapsOf } from './exclusion.ts';

const held = (holder: string, token: number, from: number, until: number, what = '/lock'): Holding => ({
  what,
  holder,
  token,
  from,
  until,
});

test.each<[string, Holding[]]>([
  ['there are none', []],
  ['each follows the one before', [held('a', 1, 1, 4), held('b', 5, 5, 9), held('a', 7, 10, 12)]],
  ['they are of two locks', [held('a', 1, 1, 9), held('b', 2, 2, 8, '/other')]],
])('holdings are exclusive if %s', (_, holdings) => {
  expect(() => checkExclusion(holdings)).not.toThrow();
});

test.each<[string, Holding[]]>([
  ['a later holder begins before the former ends', [held('a', 1, 1, 6), held('b', 5, 5, 9)]],
  ['a former holder learns of its grant during a later one', [held('b', 5, 2, 3), held('a', 1, 4, 4)]],
  ['one is inside the time of another', [held('a', 1, 1, 20), held('b', 2, 3, 4)]],
  [
    'a holder overlaps not the next but the one after',
    [held('a', 1, 1, 20), held('b', 2, 21, 22), held('c', 3, 19, 23)],
  ],
])('holdings are not exclusive if %s', (_, holdings) => {
  expect(overlapsOf(holdings)).not.toEqual([]);
  expect(() => checkExclusion(holdings)).toThrow('one holder at a time');
});

test('a later holder with the token of a former one is a violation', () => {
  expect(() => checkExclusion([held('a', 1, 1, 4), held('b', 1, 5, 9)])).toThrow(
    'each grant has its own token',
  );
});
