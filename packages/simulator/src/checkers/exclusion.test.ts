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
  ['nobody', []],
  ['one after the other', [held('a', 1, 1, 4), held('b', 5, 5, 9), held('a', 7, 10, 12)]],
  ['two locks at a time', [held('a', 1, 1, 9), held('b', 2, 2, 8, '/other')]],
])('good: %s', (_, holdings) => {
  expect(() => checkExclusion(holdings)).not.toThrow();
});

test.each<[string, Holding[]]>([
  ['a later holder before the former is done', [held('a', 1, 1, 6), held('b', 5, 5, 9)]],
  ['a former holder learns of it when a later one has it', [held('b', 5, 2, 3), held('a', 1, 4, 4)]],
  ['a holder inside the time of another', [held('a', 1, 1, 20), held('b', 2, 3, 4)]],
  ['not the next but the one after', [held('a', 1, 1, 20), held('b', 2, 21, 22), held('c', 3, 19, 23)]],
])('bad: %s', (_, holdings) => {
  expect(overlapsOf(holdings)).not.toEqual([]);
  expect(() => checkExclusion(holdings)).toThrow('one holder at a time');
});

test('bad: a later holder has the token of a former one', () => {
  expect(() => checkExclusion([held('a', 1, 1, 4), held('b', 1, 5, 9)])).toThrow(
    'each grant has its own token',
  );
});
