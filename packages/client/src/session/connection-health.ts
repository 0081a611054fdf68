import type { Liveness } from './liveness.ts';

/** What the session knows of its connection, in milliseconds of the monotonic clock. */
export interface ConnectionView {
  readonly now: number;
  readonly lastReceivedAt: number;
  /** When the latest request was sent that was answered over this session's own connection. */
  readonly provedAt: number;
  /** When the oldest call was sent that a healthy server would have answered by now. */
  readonly waitingSince: number | undefined;
  /** Whether the event loop was blocked, so that frames may have arrived that were not read yet. */
  readonly isLate: boolean;
}

/**
 * What to do with the connection: nothing (`fine`), send a ping (`ask`), try another server beside it (`suspect`), or
 * close it (`giveUp`).
 */
export type Verdict = 'fine' | 'ask' | 'suspect' | 'giveUp';

/** Decides when to ping a connection, one ping at a time, and what it means that a ping is not answered. */
export class ConnectionHealth {
  #askedAt: number | undefined;
  #lastAskedAt = Number.NEGATIVE_INFINITY;

  /** Begins anew, for another connection. */
  reset(): void {
    this.#askedAt = undefined;
    this.#lastAskedAt = Number.NEGATIVE_INFINITY;
  }

  handleAsked(now: number): void {
    this.#askedAt = now;
    this.#lastAskedAt = now;
  }

  /** Returns when the ping was sent that is answered now, or undefined if there is none. */
  handleAnswered(): number | undefined {
    const askedAt = this.#askedAt;
    this.#askedAt = undefined;
    return askedAt;
  }

  judge(view: ConnectionView, liveness: Liveness): Verdict {
    const { now, waitingSince } = view;
    const { pingAfterMs, silenceMaxMs, suspectAfterMs } = liveness;
    const silentMs = now - view.lastReceivedAt;
    if (this.#askedAt === undefined) {
      const waitedMs = waitingSince === undefined ? 0 : Math.min(silentMs, now - waitingSince);
      const isProofOld = now - Math.max(view.provedAt, this.#lastAskedAt) >= pingAfterMs;
      return isProofOld || waitedMs >= suspectAfterMs ? 'ask' : 'fine';
    }
    if (view.isLate) return 'fine';
    const askedMs = now - this.#askedAt;
    if (silentMs >= silenceMaxMs && askedMs >= pingAfterMs) return 'giveUp';
    const isSilent = waitingSince !== undefined && silentMs >= suspectAfterMs && askedMs >= suspectAfterMs;
    return isSilent ? 'suspect' : 'fine';
  }
}
