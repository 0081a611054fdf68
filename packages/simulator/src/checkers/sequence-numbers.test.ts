import { describe, expect, test } from 'vitest';
import type { Operation } from '../history.ts';
import { checkSequenceNumbers, checkSequenceOrder } from './sequence-numbers.ts';

const path = (number: number): string => `/q/n-${String(number).padStart(10, '0')}`;

const created = (session: string, number: number | undefined): Operation<string, string> => ({
  session,
  input: 'm',
  begunAt: 1,
  endedAt: 2,
  outcome: number === undefined ? { type: 'unknown' } : { type: 'done', result: path(number) },
});

describe('sequence numbers are correct', () => {
  test('if they have no gap, in any order', () => {
    expect(() => checkSequenceNumbers([path(2), path(0), path(1)])).not.toThrow();
  });

  test('if the numbers of each session grow, even beside other sessions', () => {
    const operations = [created('a', 5), created('b', 1), created('a', undefined), created('a', 10)];
    expect(() => checkSequenceOrder(operations)).not.toThrow();
  });
});

describe('sequence numbers are wrong', () => {
  test.each([
    ['if one is missing', [0, 2]],
    ['if one is there twice', [0, 1, 1]],
    ['if they do not begin with 0', [1, 2]],
  ])('%s', (_, numbers) => {
    const check = () => checkSequenceNumbers(numbers.map(path));
    expect(check).toThrow(expect.objectContaining({ property: 'sequential numbers' }));
  });

  test.each([
    ['if a later request of a session gets a smaller one', [7, 6]],
    ['if a session gets one twice', [7, 7]],
  ])('%s', (_, numbers) => {
    const check = () => checkSequenceOrder(numbers.map((number) => created('a', number)));
    expect(check).toThrow(expect.objectContaining({ property: 'order of a session' }));
  });
});
