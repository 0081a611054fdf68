import { Violation } from '@conclave/simulator';
import type { Call } from '../clients/journal.ts';
import type { CompletedCall } from './calls.ts';

/** A time without a quorum. */
export interface Silence {
  readonly from: number;
  readonly until: number;
}

/**
 * Checks that no call made while there was no quorum is acknowledged during that time. This includes linearizable
 * reads, because a leader must not answer them from its own state alone. Throws `Violation`.
 */
export function checkSilence(calls: readonly CompletedCall[], silences: readonly Silence[]): void {
  for (const { from, until } of silences) {
    const acknowledged = calls.find(
      ({ begunAt, endedAt, outcome, input }) =>
        needsQuorum(input) && outcome.type === 'done' && begunAt > from && endedAt < until,
    );
    if (acknowledged !== undefined) {
      throw new Violation(
        'nothing is acknowledged without a quorum',
        `${acknowledged.session} had ${acknowledged.input.work} acknowledged at ${acknowledged.endedAt} ms; there was no quorum from ${from} to ${until} ms`,
      );
    }
  }
}

/**
 * Whether the call is a write or a linearizable read. All judged calls are, and reads of registers are linearizable.
 */
function needsQuorum({ work }: Call): boolean {
  return work === 'sequences' || work === 'registers' || work === 'queues' || work === 'fenced';
}
