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
  /** Different for every session there ever is. */
  readonly name: string;
  readonly client: Client;
  readonly process: SimProcess;
  readonly random: Random;
  /** False when the session or the run is over: the workload should return. */
  readonly isActive: boolean;
  sleep(ms: number): Promise<void>;
  /** Something was done: the client makes progress. */
  readonly progress: () => void;
  /** For the trace. */
  readonly note: (text: string) => void;
}

/** What a workload has at hand to write its history with. */
export interface WorkloadContext {
  readonly ticker: Ticker;
  readonly random: Random;
  readonly tally: Tally;
  readonly servers: number;
  readonly clients: number;
  /** What the ensemble has committed, for judging what clients are told. */
  readonly state: StateModel;
  /** What the servers are sure to know of how that came about. */
  readonly keptChanges: KeptChanges;
  readonly world: World;
}

/** What clients do all the time, and what must be true of it in the end. */
export interface Workload {
  readonly name: string;
  /** A session that does this does nothing else. */
  readonly isAlone?: boolean;
  /** Of the sessions that it is alone in; default: the client's. */
  readonly sessionTimeoutMs?: number;
  /** Before anybody else: by one client, in good times. */
  prepare(client: Client): Promise<void>;
  /** Acts until the participant goes on no more. Errors that troubles explain are its own business. */
  run(participant: Participant): Promise<void>;
  /** When all is calm again, by a client that sees everything. Throws `Violation`. */
  check(client: Client): Promise<void>;
}

/** Lets a checker judge while the run goes on: the run fails with what it throws. */
export function judge(world: World, check: () => void): void {
  try {
    check();
  } catch (error) {
    world.fail(error);
  }
}

/** Awaits a call and says what became of it. Throws what is no answer of the ensemble or the SDK. */
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
