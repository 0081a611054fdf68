import type { Quorum, ServerId } from '@conclave/zab';
import type { Clock } from '../environment/environment.ts';

export interface LeaderContactOptions {
  readonly id: ServerId;
  readonly quorum: Quorum;
  readonly clock: Clock;
  /** The time without a message after which a server is given up. */
  readonly suspicionMs: number;
}

/**
 * Whether a server is still in touch with the servers that its word depends on: its leader or, if it leads, a quorum.
 * After a pause, a process reads messages that may be old as if they had just arrived. So after a pause the server trusts
 * nothing until the leader has answered a question that was asked after it woke.
 */
export class LeaderContact {
  readonly #options: LeaderContactOptions;
  readonly #lastMessageMs = new Map<ServerId, number>();
  /** The last time at which this process is known to have run. */
  #awakeMs: number;
  #question: number | undefined;
  #lastQuestion = 0;

  constructor(options: LeaderContactOptions) {
    this.#options = options;
    this.#awakeMs = options.clock.monotonicMs();
  }

  noteMessage(peer: ServerId): void {
    this.#lastMessageMs.set(peer, this.#options.clock.monotonicMs());
  }

  /**
   * Whether a message of `leader` has come within the time after which it is given up. If `leader` is this server, that
   * must hold for a quorum.
   */
  isFresh(leader: ServerId | undefined): boolean {
    if (leader === undefined || this.#question !== undefined) return false;
    const { clock, id, quorum, suspicionMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#awakeMs > this.#pauseMs) return false;
    const since = nowMs - suspicionMs;
    if (leader !== id) return this.#hasMessageSince(leader, since);
    const inTouch = new Set<ServerId>([id]);
    for (const peer of quorum.members) if (this.#hasMessageSince(peer, since)) inTouch.add(peer);
    return quorum.isQuorum(inTouch);
  }

  /** To be called with every tick. Returns whether the process was paused since the last one. */
  noteAwake(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const wasPaused = nowMs - this.#awakeMs > this.#pauseMs;
    this.#awakeMs = nowMs;
    return wasPaused;
  }

  /** From now on the contact is in doubt, until the leader has answered a question. Returns its number, below 0. */
  doubt(): number {
    this.#question = --this.#lastQuestion;
    return this.#question;
  }

  /** The leader has answered `question`. Returns whether `doubt` asked it. The latest one ends the doubt. */
  settle(question: number): boolean {
    if (question === this.#question) this.#question = undefined;
    return question < 0;
  }

  /** There is another leader to be in touch with. */
  begin(): void {
    this.#question = undefined;
  }

  /** A message that is read late counts as new. This is the longest time by which it may be late. */
  get #pauseMs(): number {
    return this.#options.suspicionMs / 2;
  }

  #hasMessageSince(peer: ServerId, sinceMs: number): boolean {
    const lastMs = this.#lastMessageMs.get(peer);
    return lastMs !== undefined && lastMs >= sinceMs;
  }
}
