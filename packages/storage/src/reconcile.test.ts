import { makeZxid, ZXID_ZERO } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { entries } from '../test/entries.ts';
import { CorruptLogError } from './errors.ts';
import { type Halves, reconcile } from './reconcile.ts';

/** A log of (1,3)…(1,6) and (2,1)…(2,4) after (1,2). */
const log: Halves = {
  logFile: 'log.sqlite',
  base: makeZxid(1, 2),
  last: makeZxid(2, 4),
  entries: [...entries(1, 3, 6), ...entries(2, 1, 4)],
  checkpointZxid: ZXID_ZERO,
  clearLog: false,
};

describe('log and checkpoint', () => {
  test.each([
    ['at the base of the log', makeZxid(1, 2)],
    ['within the log', makeZxid(1, 6)],
    ['at the end of the log', makeZxid(2, 4)],
  ])('fit together when the checkpoint is %s', (_name, checkpointZxid) => {
    expect(reconcile({ ...log, checkpointZxid })).toBeUndefined();
  });

  test.each([
    ['before the log begins', makeZxid(1, 1)],
    ['at an entry that the log does not have', makeZxid(1, 7)],
  ])('are refused when the checkpoint is %s', (_name, checkpointZxid) => {
    expect(() => reconcile({ ...log, checkpointZxid })).toThrow(CorruptLogError);
  });

  test('leave the log to be cleared when it is older than the checkpoint', () => {
    const checkpointZxid = makeZxid(2, 9);
    expect(reconcile({ ...log, checkpointZxid })).toEqual({
      type: 'log-behind-checkpoint',
      logEnd: log.last,
      checkpointZxid,
    });
  });

  test('leave the log to be cleared when an install was interrupted', () => {
    const checkpointZxid = makeZxid(1, 4);
    expect(reconcile({ ...log, checkpointZxid, clearLog: true })).toEqual({
      type: 'snapshot-install-finished',
      checkpointZxid,
    });
  });
});
