import { Violation } from '@conclave/simulator';
import type { Call } from '../clients/journal.ts';
import type { CompletedCall } from './calls.ts';

/** A time in which no quorum was there. */
export interface Silence {
  readonly from: number;
  readonly until: number;
}

/**
 * Without a quorum nothing is acknowledged that was asked for after it was lost: no write, and no linearizable read, which
 * a leader may not answer from what it believes. Throws `Violation`.
 */
export function checkSilence(calls: readonly CompletedCall[], silences: readonly Silence[]): void {
  for (const { from, until } of silences) {
    const told = calls.find(
      ({ begunAt, endedAt, outcome, input }) =>
        needsQuorum(input) && outcome.type === 'done' && begunAt > from && endedAt < until,
    );
    if (told !== undefined) {
      throw new Violation(
        'nothing is acknowledged without a quorum',
        `${told.session} had ${told.input.work} acknowledged at ${told.endedAt} ms; there was no quorum from ${from} to ${until} ms`,
      );
    }
  }
}

/** The calls that are judged one by one: all are writes, but for the reads of registers, which are linearizable. */
function needsQuorum({ work }: Call): boolean {
  return work === 'sequences' || work === 'registers' || work === 'queues' || work === 'fenced';
}
