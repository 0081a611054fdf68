import { setTimeout as pause } from 'node:timers/promises';
import { type Client, isConclaveError } from '@conclave/client';
import { type Outcome, outcomeOfError } from '@conclave/simulator';
import { achievementOf } from '../clients/achievement.ts';
import { type Call, type CallResult, type Journal, monotonicMs } from '../clients/journal.ts';
import type { Parent } from '../clients/parent.ts';

export interface ParticipantOptions {
  /** Of the session: different for every session that there ever is. */
  readonly session: string;
  readonly client: Client;
  readonly journal: Journal;
  readonly parent: Parent;
}

/** One session, for workloads to act in and to write down what becomes of it. */
export class Participant {
  static #lastCall = 0;
  readonly session: string;
  readonly client: Client;
  readonly journal: Journal;
  readonly parent: Parent;

  constructor({ session, client, journal, parent }: ParticipantOptions) {
    this.session = session;
    this.client = client;
    this.journal = journal;
    this.parent = parent;
  }

  /** False when the session or the trial is over: the workload should return. */
  get goesOn(): boolean {
    return !this.parent.stop.aborted && !this.client.session.signal.aborted;
  }

  /** Makes the call and writes it down. Undefined: there is no answer but an error. Throws what is no error of the SDK's. */
  async call<R>(
    call: Call,
    make: () => Promise<R>,
    resultOf: (answer: R) => CallResult = () => ({}),
  ): Promise<R | undefined> {
    const id = ++Participant.#lastCall;
    this.journal.write({ type: 'called', id, session: this.session, call, at: monotonicMs() });
    const end = (outcome: Outcome<CallResult>): void =>
      this.journal.write({ type: 'ended', id, outcome, at: monotonicMs() });
    try {
      const answer = await make();
      end({ type: 'done', result: resultOf(answer) });
      const achievement = achievementOf(call);
      if (achievement !== undefined) this.parent.tellAchieved(achievement);
      return answer;
    } catch (error) {
      if (!isConclaveError(error)) throw error;
      end(outcomeOfError(error));
      return undefined;
    }
  }

  /** For about so long, and no longer than the trial goes on. */
  async sleepAbout(ms: number): Promise<void> {
    const exponential = -Math.log(1 - Math.random()) * ms;
    await pause(Math.min(exponential, 5 * ms), undefined, { signal: this.parent.stop }).catch(() => {});
  }
}

/** A whole number from `least` to `most`. */
export function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
