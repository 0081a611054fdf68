import type { Quorum, ServerId } from '@conclave/zab';
import type { Clock } from '../environment/environment.ts';

export interface LeaderContactOptions {
  readonly id: ServerId;
  readonly quorum: Quorum;
  readonly clock: Clock;
  /** After so long without a word a server is given up. */
  readonly suspicionMs: number;
}

/**
 * Whether a server is still in touch with those on whom its word depends: its leader or, leading, a quorum. What a
 * process finds that wakes from a pause may have been sent long ago, and seems to have been heard just now: then it is
 * in doubt until a question asked since has its answer.
 */
export class LeaderContact {
  readonly #options: LeaderContactOptions;
  readonly #heardMs = new Map<ServerId, number>();
  /** When this process is known to have run. */
  #awakeMs: number;
  #question: number | undefined;
  #lastQuestion = 0;

  constructor(options: LeaderContactOptions) {
    this.#options = options;
    this.#awakeMs = options.clock.monotonicMs();
  }

  heard(peer: ServerId): void {
    this.#heardMs.set(peer, this.#options.clock.monotonicMs());
  }

  /** Whether `leader` (or, if that is this server, a quorum) was heard within the time after which it is given up. */
  isFresh(leader: ServerId | undefined): boolean {
    if (leader === undefined || this.#question !== undefined) return false;
    const { clock, id, quorum, suspicionMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#awakeMs > this.#pauseMs) return false;
    const since = nowMs - suspicionMs;
    if (leader !== id) return this.#heardSince(leader, since);
    const heard = new Set<ServerId>([id]);
    for (const peer of quorum.members) if (this.#heardSince(peer, since)) heard.add(peer);
    return quorum.isQuorum(heard);
  }

  /** To be called with every tick. Whether the process was paused since the last one. */
  noteAwake(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const wasPaused = nowMs - this.#awakeMs > this.#pauseMs;
    this.#awakeMs = nowMs;
    return wasPaused;
  }

  /** In doubt from now on, until the leader has answered the question whose number this returns: one below 0. */
  doubt(): number {
    this.#question = --this.#lastQuestion;
    return this.#question;
  }

  /** Whether `question` is one of `doubt`; the latest ends the doubt. */
  settle(question: number): boolean {
    if (question === this.#question) this.#question = undefined;
    return question < 0;
  }

  /** The one to be in touch with is another now. */
  begin(): void {
    this.#question = undefined;
  }

  /** What is heard late counts as heard now: by so much at most may this server be wrong. */
  get #pauseMs(): number {
    return this.#options.suspicionMs / 2;
  }

  #heardSince(peer: ServerId, sinceMs: number): boolean {
    const heardMs = this.#heardMs.get(peer);
    return heardMs !== undefined && heardMs >= sinceMs;
  }
}
