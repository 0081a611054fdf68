import type { Run } from './simulate.ts';
import type { Tally } from './tally.ts';

/** The report of a run that a worker sends. It is plain data. */
export interface RunReport {
  readonly seed: number;
  readonly failure: { readonly property: string; readonly message: string } | undefined;
  /** The hash of the trace. */
  readonly hash: string;
  readonly simulatedMs: number;
  readonly events: number;
  /** How often each kind of fault has happened. */
  readonly faults: Readonly<Record<string, number>>;
  readonly epochs: number;
  readonly transactions: number;
  /** How often a server's log was truncated, and how often a server took the whole state from a snapshot. */
  readonly truncations: number;
  readonly snapshots: number;
  readonly tally: Tally;
}

export function reportOf(run: Run): RunReport {
  const { scenario, failure, trace, faults, ...figures } = run;
  return {
    ...figures,
    seed: scenario.seed,
    hash: trace.hash,
    failure: failure && { property: failure.property, message: failure.message },
    faults: Object.fromEntries(faults),
  };
}

/** Returns the report of a run that did not end, because its process hung or died. */
export function reportOfNoRun(seed: number, why: string): RunReport {
  return {
    seed,
    failure: { property: 'a run comes to an end', message: `a run comes to an end: ${why}` },
    hash: '',
    simulatedMs: 0,
    events: 0,
    faults: {},
    epochs: 0,
    transactions: 0,
    truncations: 0,
    snapshots: 0,
    tally: { acknowledged: 0, refused: 0, unknown: 0, lateUses: 0 },
  };
}
