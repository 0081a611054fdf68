import type { Operation } from '../history.ts';
import { Violation } from '../violation.ts';

/**
 * Checks sequential nodes of which none was ever deleted: their numbers go from 0 without a gap. Throws `Violation`.
 */
export function checkSequenceNumbers(paths: readonly string[]): void {
  const numbers = paths.map((path) => Number(path.slice(-10))).sort((a, b) => a - b);
  const gap = numbers.findIndex((number, index) => number !== index);
  if (gap >= 0) throw new Violation('sequential numbers', `${numbers[gap]} where ${gap} should be`);
}

/**
 * Checks that the creations of a session below one parent got growing numbers, in the order of the requests. The
 * results of the operations are the paths. Throws `Violation`.
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
