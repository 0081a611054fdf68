import { beforeEach, describe, expect, test } from 'vitest';
import { checkGaps, KeptChanges, type ReportedGap } from './gaps.ts';
import { at } from './past.fixture.ts';

const CHANGES_MAX = 10;
let keptChanges: KeptChanges;

beforeEach(() => {
  keptChanges = new KeptChanges(CHANGES_MAX);
  keptChanges.begins(at(0));
  // Each transaction has two events, so 5 transactions are remembered.
  for (let counter = 1; counter <= 20; counter++) keptChanges.applies(at(counter), 2);
});

/**
 * Returns a gap that a server at `counter` reported over the connection after so many reconnections, to a client that
 * had seen `seen`.
 */
const gap = (counter: number, seen: number, reconnections = 1): ReportedGap => ({
  session: 'c1',
  path: '/a',
  zxid: at(counter),
  seen: at(seen),
  reconnections,
});

describe('a gap is justified', () => {
  test('if more has changed than is remembered', () => {
    checkGaps([gap(8, 2)], keptChanges);
    checkGaps([gap(20, 0)], keptChanges);
  });

  test('if each gap comes with its own connection', () => {
    checkGaps([gap(8, 2, 1), gap(20, 9, 3)], keptChanges);
  });

  test('if a server started since, without knowing what was before', () => {
    keptChanges.begins(at(4));
    checkGaps([gap(5, 3)], keptChanges);
    checkGaps([gap(4, 3)], keptChanges);
  });
});

describe('a gap is not justified', () => {
  test.each<[string, string, readonly ReportedGap[]]>([
    ['if nothing has changed', 'a gap is reported only where there may be one', [gap(3, 3)]],
    ['if all changes are remembered', 'a gap is reported only where there may be one', [gap(9, 4)]],
    [
      'if a server started before the missed changes',
      'a gap is reported only where there may be one',
      [gap(5, 4)],
    ],
    [
      'if a server started after the missed changes',
      'a gap is reported only where there may be one',
      [gap(3, 2)],
    ],
    ['on the first connection', 'a gap comes with another connection', [gap(8, 2, 0)]],
    [
      'if the connection has already reported one',
      'a gap comes with another connection',
      [gap(8, 2), gap(20, 9)],
    ],
  ])('%s', (_, property, gaps) => {
    keptChanges.begins(at(4));
    expect(() => checkGaps(gaps, keptChanges)).toThrow(expect.objectContaining({ property }));
  });

  test('if only a part of a transaction would be forgotten', () => {
    const exact = new KeptChanges(0);
    exact.applies(at(1), 1);
    exact.applies(at(2), 0);
    checkGaps([gap(2, 0)], exact);
    expect(() => checkGaps([gap(2, 1)], exact)).toThrow('only where there may be one');
  });
});
