import { beforeEach, describe, expect, test } from 'vitest';
import { checkGaps, Remembrance, type ToldGap } from './gaps.ts';
import { at } from './past.fixture.ts';

const CHANGES_MAX = 10;
let remembrance: Remembrance;

beforeEach(() => {
  remembrance = new Remembrance(CHANGES_MAX);
  remembrance.begins(at(0));
  // Two events each: up to 5 transactions are remembered.
  for (let counter = 1; counter <= 20; counter++) remembrance.applies(at(counter), 2);
});

/** Told by a server at `counter`, with the `reconnections`th connection, to a client that had seen `seen`. */
const gap = (counter: number, seen: number, reconnections = 1): ToldGap => ({
  session: 'c1',
  path: '/a',
  zxid: at(counter),
  seen: at(seen),
  reconnections,
});

describe('good', () => {
  test('more has changed than is remembered', () => {
    checkGaps([gap(8, 2)], remembrance);
    checkGaps([gap(20, 0)], remembrance);
  });

  test('each with a connection of its own', () => {
    checkGaps([gap(8, 2, 1), gap(20, 9, 3)], remembrance);
  });

  test('a server began meanwhile, and knows nothing of what was before', () => {
    remembrance.begins(at(4));
    checkGaps([gap(5, 3)], remembrance);
    checkGaps([gap(4, 3)], remembrance);
  });
});

describe('bad', () => {
  test.each<[string, string, readonly ToldGap[]]>([
    ['nothing has changed', 'a gap is told only where one may be', [gap(3, 3)]],
    ['all that changed is remembered', 'a gap is told only where one may be', [gap(9, 4)]],
    ['a server had begun before', 'a gap is told only where one may be', [gap(5, 4)]],
    ['a server began later', 'a gap is told only where one may be', [gap(3, 2)]],
    ['there is only the first connection', 'a gap comes with another connection', [gap(8, 2, 0)]],
    ['two with one connection', 'a gap comes with another connection', [gap(8, 2), gap(20, 9)]],
  ])('%s', (_, property, gaps) => {
    remembrance.begins(at(4));
    expect(() => checkGaps(gaps, remembrance)).toThrow(expect.objectContaining({ property }));
  });

  test('what is not remembered any more is so by a whole transaction only', () => {
    const exact = new Remembrance(0);
    exact.applies(at(1), 1);
    exact.applies(at(2), 0);
    checkGaps([gap(2, 0)], exact);
    expect(() => checkGaps([gap(2, 1)], exact)).toThrow('only where one may be');
  });
});
