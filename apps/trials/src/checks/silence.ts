import { Violation } from '@conclave/simulator';
import type { CompletedCall } from './calls.ts';

/** A time in which no quorum was there. */
export interface Silence {
  readonly from: number;
  readonly until: number;
}

/** Without a quorum nothing is acknowledged that was asked for after it was lost. Throws `Violation`. */
export function checkSilence(calls: readonly CompletedCall[], silences: readonly Silence[]): void {
  for (const { from, until } of silences) {
    const told = calls.find(
      ({ begunAt, endedAt, outcome, writes }) =>
        writes && outcome.type === 'done' && begunAt > from && endedAt < until,
    );
    if (told !== undefined) {
      throw new Violation(
        'nothing is acknowledged without a quorum',
        `${told.session} had a write acknowledged at ${told.endedAt} ms; there was no quorum from ${from} to ${until} ms`,
      );
    }
  }
}
