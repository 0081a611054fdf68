import { type Client, isConclaveError } from '@conclave/client';
import type { Random } from '@conclave/testkit';
import type { KeptChanges } from '../checkers/gaps.ts';
import type { StateModel } from '../checkers/state-model.ts';
import { type Outcome, outcomeOfError, type Ticker } from '../history.ts';
import type { Tally } from '../tally.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';

/** One session of one client program, for a workload to act in. */
export interface Participant {
  /** Unique among all sessions of a run. */
  readonly name: string;
  readonly client: Client;
  readonly process: SimProcess;
  readonly random: Random;
  /** False when the session or the run is over. Then the workload should return. */
  readonly isActive: boolean;
  sleep(ms: number): Promise<void>;
  /** Notes that something was done, so the client makes progress. */
  readonly progress: () => void;
  /** Adds a line to the trace. */
  readonly note: (text: string) => void;
}

/** Everything that a workload uses to write and judge its history. */
export interface WorkloadContext {
  readonly ticker: Ticker;
  readonly random: Random;
  readonly tally: Tally;
  readonly servers: number;
  readonly clients: number;
  /** The state that the ensemble has committed, to judge answers by. */
  readonly state: StateModel;
  /** The latest changes that every server is sure to remember. */
  readonly keptChanges: KeptChanges;
  readonly world: World;
}

/** Work that clients do all the time, with the checks of its results. */
export interface Workload {
  readonly name: string;
  /** Whether a session with this workload has no other. */
  readonly isAlone?: boolean;
  /** The timeout of sessions with only this workload. Default: that of the client. */
  readonly sessionTimeoutMs?: number;
  /** Called first, by one client and without faults. */
  prepare(client: Client): Promise<void>;
  /** Acts until the participant is no longer active. It must handle the errors that faults cause. */
  run(participant: Participant): Promise<void>;
  /** Called after the faults, by a client that may read everything. Throws `Violation`. */
  check(client: Client): Promise<void>;
}

/** Runs a checker during the run. The run fails with the error that it throws. */
export function judge(world: World, check: () => void): void {
  try {
    check();
  } catch (error) {
    world.fail(error);
  }
}

/** Awaits a call and returns its outcome. Throws an error that is not one of the ensemble or the SDK. */
export async function outcomeOf<R>(call: Promise<R>, tally: Tally): Promise<Outcome<R>> {
  try {
    const result = await call;
    tally.acknowledged++;
    return { type: 'done', result };
  } catch (error) {
    if (!isConclaveError(error)) throw error;
    const outcome = outcomeOfError(error);
    tally[outcome.type === 'unknown' ? 'unknown' : 'refused']++;
    return outcome;
  }
}
