import { expect, test } from 'vitest';
import { checkFencing, lateUsesOf, type ResourceUse } from './fencing.ts';

const use = (holder: string, token: number, isAdmitted = true): ResourceUse => ({
  holder,
  token,
  isAdmitted,
});

test.each<[string, ResourceUse[]]>([
  ['there are no requests', []],
  ['holders come in their order', [use('a', 1), use('a', 1), use('b', 4), use('c', 6)]],
  ['a former holder is turned away', [use('a', 1), use('b', 4), use('a', 1, false), use('b', 4)]],
])('a resource is protected if %s', (_, uses) => {
  expect(() => checkFencing('store', uses)).not.toThrow();
});

test('a resource is not protected if it admits a former holder after a later one', () => {
  const uses = [use('a', 1), use('b', 4), use('a', 1)];
  expect(() => checkFencing('store', uses)).toThrow('a with 1, after a later one');
});

test('late requests are counted whether they were admitted or not', () => {
  expect(lateUsesOf([use('a', 1), use('b', 4), use('a', 1, false), use('a', 1)])).toHaveLength(2);
});
