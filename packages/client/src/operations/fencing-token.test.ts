import { expect, test } from 'vitest';
import { toFencingToken } from './fencing-token.ts';

test.each([[1], [2 ** 33 + 7], ['8589934599'], [8_589_934_599n]])('%s is a token', (value) => {
  expect(toFencingToken(value)).toBe(Number(value));
});

test.each([
  [0],
  [-1],
  [1.5],
  [Number.NaN],
  [2 ** 53],
  [2n ** 60n],
  [''],
  ['0x10'],
  ['1e3'],
  [' 1'],
  ['99999999999999999'],
])('%s is not a token', (value) => {
  expect(() => toFencingToken(value)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
