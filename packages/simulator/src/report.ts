import type { Run } from './simulate.ts';
import type { Tally } from './tally.ts';

/** What is told of a run between processes. Plain data. */
export interface RunReport {
  readonly seed: number;
  readonly failure: { readonly property: string; readonly message: string } | undefined;
  /** Of the trace. */
  readonly hash: string;
  readonly simulatedMs: number;
  readonly events: number;
  /** How often each kind of fault has happened. */
  readonly faults: Readonly<Record<string, number>>;
  readonly epochs: number;
  readonly transactions: number;
  /** How often a server's log was cut back, and how often it got the whole state anew. */
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

/** Of a seed whose run came to no end: its process hung, or died. */
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
