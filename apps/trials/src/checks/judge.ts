import {
  checkBarrier,
  checkExactlyOnce,
  checkExclusion,
  checkFencing,
  checkLinearizable,
  checkQueue,
  checkSequenceNumbers,
  checkSequenceOrder,
  type Effect,
  Violation,
  znodeModel,
} from '@conclave/simulator';
import type { Use } from '../clients/resource.ts';
import {
  type ClientJournal,
  type CompletedCall,
  callsOf,
  creationHistory,
  registerHistories,
} from './calls.ts';
import { checkFencedWrites } from './fenced-writes.ts';
import { holdingsOf, takingsOf, visitsOf } from './observations.ts';
import { checkSilence, type Silence } from './silence.ts';
import { checkWatches } from './watch-order.ts';

/** Everything that is known when a trial is over. */
export interface Evidence {
  readonly journals: readonly ClientJournal[];
  readonly uses: readonly Use[];
  readonly silences: readonly Silence[];
  /** The sequential nodes that exist in the end. */
  readonly effects: readonly Effect[];
  /** The marks of the items that are in the queue in the end. */
  readonly itemsLeft: readonly string[];
  /** The number of parties that the double barrier waits for. */
  readonly parties: number;
  /** Ephemeral nodes that outlived their sessions. */
  readonly ephemeralsLeft: readonly string[];
  /** The digest of each server's whole state, all at the same zxid. */
  readonly digests: readonly string[];
}

export interface Complaint {
  /** One of the properties of the simulator or of the trials. */
  readonly property: string;
  readonly detail: string;
}

export interface Verdict {
  readonly calls: readonly CompletedCall[];
  /** The violations. Each checker stops at the first that it finds. */
  readonly complaints: readonly Complaint[];
}

/** Applies every checker to the evidence. */
export function judge(evidence: Evidence): Verdict {
  const { journals, uses, silences, effects, itemsLeft, ephemeralsLeft, parties, digests } = evidence;
  const calls = journals.flatMap(callsOf);
  const sequences = creationHistory(calls, 'sequences');
  const checks = [
    () => checkExactlyOnce('sequential nodes', sequences, effects),
    () => checkSequenceNumbers(effects.map(({ place }) => place)),
    () => checkSequenceOrder(sequences),
    ...[...registerHistories(calls)].map(
      ([group, history]) =>
        () =>
          checkLinearizable(group, znodeModel, history),
    ),
    () => checkExclusion(journals.flatMap(holdingsOf)),
    ...[...Map.groupBy(uses, ({ lock }) => lock)].map(
      ([lock, ofLock]) =>
        () =>
          checkFencing(lock, ofLock),
    ),
    () => checkFencedWrites(calls),
    () => checkQueue('the queue', creationHistory(calls, 'queues'), journals.flatMap(takingsOf), itemsLeft),
    () => checkBarrier('the barrier', parties, journals.flatMap(visitsOf)),
    ...journals.map(
      ({ entries }) =>
        () =>
          checkWatches(entries),
    ),
    () => checkSilence(calls, silences),
    () => checkEphemerals(ephemeralsLeft),
    () => checkDigests(digests),
  ];
  const noticed = journals.flatMap(({ entries }) => entries.filter((entry) => entry.type === 'complaint'));
  return {
    calls,
    complaints: [
      ...noticed.map(({ property, detail }) => ({ property, detail })),
      ...checks.flatMap(complaintsOf),
    ],
  };
}

function checkEphemerals(left: readonly string[]): void {
  if (left.length > 0) throw new Violation('ephemerals go with their session', left.join(', '));
}

function checkDigests(digests: readonly string[]): void {
  if (new Set(digests).size > 1) throw new Violation('equal states', digests.join(', '));
}

function complaintsOf(check: () => void): Complaint[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return [{ property: error.property, detail: error.message.slice(error.property.length + 2) }];
  }
}
