import type { Clock } from '../environment/environment.ts';
import type { Replica } from '../replica/replica.ts';
import type { Workload } from '../requests/workload.ts';

/** A connection whose client has sent a ping. */
export interface Pinged {
  /** Answers the ping if this server can vouch for the session by now. */
  pong(): void;
}

/**
 * The signs of life that this server gets from sessions. It passes them on to the leader at intervals. It also answers
 * pings: the answer is the client's proof that its session is alive, so it waits until this server can vouch for that.
 */
export class SignsOfLife {
  readonly #replica: Replica;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #workload: Pick<Workload, 'exemptSessions'>;
  readonly #schedule: () => void;
  readonly #touched = new Set<number>();
  readonly #owedPongs = new Set<Pinged>();
  #cancel: () => void;

  /** `schedule` is called when pongs were written, so that they are sent at the end of the turn. */
  constructor(
    replica: Replica,
    clock: Clock,
    intervalMs: number,
    workload: Pick<Workload, 'exemptSessions'>,
    schedule: () => void,
  ) {
    this.#replica = replica;
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#workload = workload;
    this.#schedule = schedule;
    this.#cancel = clock.after(intervalMs, () => this.#passOn());
  }

  touch(sessionId: number): void {
    this.#touched.add(sessionId);
  }

  vouches(sessionId: number): boolean {
    return this.#replica.inTouch && this.#replica.tree.session(sessionId) !== undefined;
  }

  owePong(connection: Pinged): void {
    this.#owedPongs.add(connection);
  }

  forget(connection: Pinged): void {
    this.#owedPongs.delete(connection);
  }

  stop(): void {
    this.#cancel();
  }

  #passOn(): void {
    for (const sessionId of this.#workload.exemptSessions()) this.touch(sessionId);
    if (this.#touched.size > 0 && this.#replica.serving) {
      this.#replica.touch([...this.#touched]);
      this.#touched.clear();
    }
    this.#payPongs();
    this.#cancel = this.#clock.after(this.#intervalMs, () => this.#passOn());
  }

  #payPongs(): void {
    if (this.#owedPongs.size === 0 || !this.#replica.inTouch) return;
    const owed = [...this.#owedPongs];
    this.#owedPongs.clear();
    for (const connection of owed) connection.pong();
    this.#schedule();
  }
}
