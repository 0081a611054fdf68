/**
 * The part of the session timeout that the client does not use: what its timers may be late by, and what the code
 * that hears the signal may need to stop.
 */
const MARGIN = 0.1;
/** However long a session may live unheard, whoever waits for an answer wants it soon. */
const SUSPECT_AFTER_MS_MAX = 600;

/**
 * What this client can prove about its session, in milliseconds of a monotonic clock. The ensemble counts the
 * timeout from when a request reached a server, which is not before it was sent: a session is alive for its timeout
 * from the moment the latest answered request was sent, whatever the clocks of the servers say.
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

  /** Until when nobody else can have been given what this session holds. */
  get safeUntil(): number {
    return this.#provedAt + this.#timeoutMs * (1 - MARGIN);
  }

  /** The latest proof that came over the session's own connection. */
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

  /** The server's word on the timeout, with the handshake sent at `sentAt`. */
  establish(timeoutMs: number, sentAt: number): void {
    this.#timeoutMs = timeoutMs;
    this.prove(sentAt);
  }

  /** Without proof for this long the connection is asked for one. */
  get pingAfterMs(): number {
    return this.#timeoutMs / 3;
  }

  /** A connection that has been silent for this long is given up, if it was asked `pingAfterMs` ago. */
  get silenceMaxMs(): number {
    return (this.#timeoutMs * 2) / 3;
  }

  /**
   * While calls wait, a connection that is silent for this long is asked, and when it has not answered after as long
   * again another server is tried beside it: it may be stopped or cut off, and then every moment counts, or have no
   * leader just now, and then it is as good as any.
   */
  get suspectAfterMs(): number {
    return Math.min(this.#timeoutMs / 20, SUSPECT_AFTER_MS_MAX);
  }

  /** How often to look. */
  get tickMs(): number {
    return this.suspectAfterMs / 2;
  }
}
