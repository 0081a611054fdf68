import type { Operation } from '../history.ts';
import { Violation } from '../violation.ts';

/** Nothing was ever deleted: the numbers of sequential nodes go from 0 without a gap. Throws `Violation`. */
export function checkSequenceNumbers(paths: readonly string[]): void {
  const numbers = paths.map((path) => Number(path.slice(-10))).sort((a, b) => a - b);
  const gap = numbers.findIndex((number, index) => number !== index);
  if (gap >= 0) throw new Violation('sequential numbers', `${numbers[gap]} where ${gap} should be`);
}

/**
 * A session's creations below one parent, in the order in which it asked for them, got ever greater numbers; their
 * results are the paths. Throws `Violation`.
 */
export function checkSequenceOrder(operations: readonly Operation<unknown, string>[]): void {
  const last = new Map<string, string>();
  for (const { session, outcome } of operations) {
    if (outcome.type !== 'done') continue;
    const before = last.get(session) ?? '';
    if (outcome.result <= before) {
      throw new Violation('order of a session', `${session} got ${outcome.result} after ${before}`);
    }
    last.set(session, outcome.result);
  }
}
