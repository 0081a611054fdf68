import type { Liveness } from './liveness.ts';

/** What the session sees of its connection, in milliseconds of the monotonic clock. */
export interface ConnectionView {
  readonly now: number;
  readonly lastReceivedAt: number;
  /** When the latest request that was answered over this session's own connection was sent. */
  readonly provedAt: number;
  /** When the oldest call was sent that a server with nothing to wait for would have answered. */
  readonly waitingSince: number | undefined;
  /** The event loop was blocked: what has arrived may not have been read. */
  readonly isLate: boolean;
}

/** What to do about it: send a ping; try another server beside it; give it up. */
export type Verdict = 'fine' | 'ask' | 'suspect' | 'giveUp';

/** The pings of a connection, one at a time, and what their absence says. */
export class ConnectionHealth {
  #askedAt: number | undefined;
  #lastAskedAt = Number.NEGATIVE_INFINITY;

  /** There is another connection. */
  reset(): void {
    this.#askedAt = undefined;
    this.#lastAskedAt = Number.NEGATIVE_INFINITY;
  }

  handleAsked(now: number): void {
    this.#askedAt = now;
    this.#lastAskedAt = now;
  }

  /** Returns when the ping was sent that is answered now. */
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
