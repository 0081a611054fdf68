import { beforeEach, describe, expect, test } from 'vitest';
import { checkGaps, KeptChanges, type ReportedGap } from './gaps.ts';
import { at } from './past.fixture.ts';

const CHANGES_MAX = 10;
let keptChanges: KeptChanges;

beforeEach(() => {
  keptChanges = new KeptChanges(CHANGES_MAX);
  keptChanges.begins(at(0));
  // Two events each: up to 5 transactions are remembered.
  for (let counter = 1; counter <= 20; counter++) keptChanges.applies(at(counter), 2);
});

/** Told by a server at `counter`, with the `reconnections`th connection, to a client that had seen `seen`. */
const gap = (counter: number, seen: number, reconnections = 1): ReportedGap => ({
  session: 'c1',
  path: '/a',
  zxid: at(counter),
  seen: at(seen),
  reconnections,
});

describe('good', () => {
  test('more has changed than is remembered', () => {
    checkGaps([gap(8, 2)], keptChanges);
    checkGaps([gap(20, 0)], keptChanges);
  });

  test('each with a connection of its own', () => {
    checkGaps([gap(8, 2, 1), gap(20, 9, 3)], keptChanges);
  });

  test('a server began meanwhile, and knows nothing of what was before', () => {
    keptChanges.begins(at(4));
    checkGaps([gap(5, 3)], keptChanges);
    checkGaps([gap(4, 3)], keptChanges);
  });
});

describe('bad', () => {
  test.each<[string, string, readonly ReportedGap[]]>([
    ['nothing has changed', 'a gap is reported only where there may be one', [gap(3, 3)]],
    ['all that changed is remembered', 'a gap is reported only where there may be one', [gap(9, 4)]],
    ['a server had begun before', 'a gap is reported only where there may be one', [gap(5, 4)]],
    ['a server began later', 'a gap is reported only where there may be one', [gap(3, 2)]],
    ['there is only the first connection', 'a gap comes with another connection', [gap(8, 2, 0)]],
    ['two with one connection', 'a gap comes with another connection', [gap(8, 2), gap(20, 9)]],
  ])('%s', (_, property, gaps) => {
    keptChanges.begins(at(4));
    expect(() => checkGaps(gaps, keptChanges)).toThrow(expect.objectContaining({ property }));
  });

  test('what is not remembered any more is so by a whole transaction only', () => {
    const exact = new KeptChanges(0);
    exact.applies(at(1), 1);
    exact.applies(at(2), 0);
    checkGaps([gap(2, 0)], exact);
    expect(() => checkGaps([gap(2, 1)], exact)).toThrow('only where there may be one');
  });
});
