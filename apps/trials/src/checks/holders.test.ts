import { describe, expect, test } from 'vitest';
import { checkHolders, checkUses, type Holding, lateUses } from './holders.ts';

function holding(session: string, token: number, from: number, until: number, lock = 'red'): Holding {
  return { session, lock, token, from, until };
}

describe('holders of a lock', () => {
  test('one after the other, each with a greater token', () => {
    checkHolders([
      holding('b', 2, 20, 30),
      holding('a', 1, 0, 10),
      holding('c', 3, 31, Number.POSITIVE_INFINITY),
    ]);
  });

  test('of different locks are nobody’s concern', () => {
    checkHolders([holding('a', 1, 0, 10), holding('b', 2, 5, 15, 'blue')]);
  });

  test('who believe in it at the same time are found', () => {
    expect(() => checkHolders([holding('a', 1, 0, 10), holding('b', 2, 9, 20)])).toThrow(
      'one holder at a time',
    );
  });

  test('who never stopped to believe are found', () => {
    const holdings = [holding('a', 1, 0, Number.POSITIVE_INFINITY), holding('b', 2, 9, 20)];
    expect(() => checkHolders(holdings)).toThrow('one holder at a time');
  });

  test('with a token that is no greater than the last are found', () => {
    expect(() => checkHolders([holding('a', 2, 0, 10), holding('b', 1, 11, 20)])).toThrow('tokens grow');
  });
});

describe('uses of what a lock guards', () => {
  const use = (token: number, admitted = true, lock = 'red') => ({ lock, token, admitted, at: 0 });

  test('in the order of the grants are right, whoever else is refused', () => {
    const uses = [use(1), use(1), use(3), use(1, false), use(2, true, 'blue'), use(3)];
    checkUses(uses);
    expect(lateUses(uses)).toEqual([use(1, false)]);
  });

  test('by a former holder after a later one are found when they were admitted', () => {
    expect(() => checkUses([use(1), use(3), use(1)])).toThrow('a resource hears no former holder');
  });
});
