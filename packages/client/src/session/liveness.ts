/**
 * The part of the session timeout that the client does not use. It allows for timers that are late, and for the time
 * that code needs to stop after the signal.
 */
const MARGIN = 0.1;
/** A long session timeout must not keep the callers waiting for long when their server is silent. */
const SUSPECT_AFTER_MS_MAX = 600;

/**
 * What this client can prove about its session, in milliseconds of a monotonic clock. The ensemble counts the timeout
 * from the moment a request reaches a server, which is not before the request was sent. So the session is alive for its
 * timeout from the moment the latest answered request was sent, whatever the clocks of the servers say.
 *
 * Invariant: safeUntil = provedAt + 0.9 · timeout, and it never goes back.
 */
export class Liveness {
  #timeoutMs: number;
  #provedAt = Number.NEGATIVE_INFINITY;
  #provedHereAt = Number.NEGATIVE_INFINITY;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Until when the ensemble cannot have given what this session holds to another one. */
  get safeUntil(): number {
    return this.#provedAt + this.#timeoutMs * (1 - MARGIN);
  }

  /** When the latest request was sent that was answered over the session's own connection. */
  get provedHereAt(): number {
    return this.#provedHereAt;
  }

  /** A request sent at `sentAt` over the session's own connection was answered. */
  prove(sentAt: number): void {
    if (sentAt > this.#provedHereAt) this.#provedHereAt = sentAt;
    this.proveBeside(sentAt);
  }

  /** A heartbeat sent at `sentAt` over the connection beside it was answered. */
  proveBeside(sentAt: number): void {
    if (sentAt > this.#provedAt) this.#provedAt = sentAt;
  }

  /** The handshake sent at `sentAt` was answered with this timeout. */
  establish(timeoutMs: number, sentAt: number): void {
    this.#timeoutMs = timeoutMs;
    this.prove(sentAt);
  }

  /** The session pings its connection after this long without a proof. */
  get pingAfterMs(): number {
    return this.#timeoutMs / 3;
  }

  /** A connection that is silent for this long is closed, if a ping was sent `pingAfterMs` ago. */
  get silenceMaxMs(): number {
    return (this.#timeoutMs * 2) / 3;
  }

  /**
   * While calls wait, a connection that is silent for this long is pinged. If it does not answer for as long again,
   * the session tries another server beside it. The silent server may be stopped or cut off, and then every moment
   * counts. Or it may have no leader just now, and then it is as good as any other, so it is kept as well.
   */
  get suspectAfterMs(): number {
    return Math.min(this.#timeoutMs / 20, SUSPECT_AFTER_MS_MAX);
  }

  /** How often the session checks its connection. */
  get tickMs(): number {
    return this.suspectAfterMs / 2;
  }
}
