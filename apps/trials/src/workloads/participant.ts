import { setTimeout as pause } from 'node:timers/promises';
import { type Client, isConclaveError } from '@conclave/client';
import { type Outcome, outcomeOfError } from '@conclave/simulator';
import { achievementOf } from '../clients/achievement.ts';
import { type Call, type CallResult, type Journal, monotonicMs } from '../clients/journal.ts';
import type { Parent } from '../clients/parent.ts';

export interface ParticipantOptions {
  /** The name of the session, which no other session ever has. */
  readonly session: string;
  readonly client: Client;
  readonly journal: Journal;
  readonly parent: Parent;
}

/** One session in which workloads make their calls and record the outcomes. */
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

  /** Whether the workload should go on. False if the session or the trial is over. */
  get goesOn(): boolean {
    return !this.parent.stop.aborted && !this.client.session.signal.aborted;
  }

  /** Makes and records a call. Resolves to undefined if it fails with an error of the SDK. Other errors are thrown. */
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
      if (achievement !== undefined) this.parent.reportAchieved(achievement);
      return answer;
    } catch (error) {
      if (!isConclaveError(error)) throw error;
      end(outcomeOfError(error));
      return undefined;
    }
  }

  /** Sleeps for about `ms`, but not longer than the trial goes on. */
  async sleepAbout(ms: number): Promise<void> {
    const exponential = -Math.log(1 - Math.random()) * ms;
    await pause(Math.min(exponential, 5 * ms), undefined, { signal: this.parent.stop }).catch(() => {});
  }
}

/** A random whole number from `least` to `most`. */
export function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}
