import { type Operation, Violation } from '@conclave/simulator';

/** Nothing was ever deleted: the numbers of sequential nodes go from 0 without a gap. Throws `Violation`. */
export function checkSequenceNumbers(paths: readonly string[]): void {
  const numbers = paths.map((path) => Number(path.slice(-10))).sort((a, b) => a - b);
  const gap = numbers.findIndex((number, index) => number !== index);
  if (gap >= 0) throw new Violation('sequential numbers', `${numbers[gap]} where ${gap} should be`);
}

/** One after the other, a session's creations got ever greater numbers. Throws `Violation`. */
export function checkSessionOrder(operations: readonly Operation<string, string>[]): void {
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
