/**
 * The part of the session timeout that the client does not use: what its timers may be late by, and what the code
 * that hears the signal may need to stop.
 */
const MARGIN = 0.1;

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

  /**
   * How long a connection may be silent before it is asked for a sign of life, and how long it then has to answer.
   * Conclave's servers answer pings out of turn: one that keeps calls waiting and does not answer is stopped or cut
   * off, and every moment counts. ZooKeeper's answer pings behind the calls.
   */
  patienceMs(native: boolean, areCallsWaiting: boolean): number {
    return this.#timeoutMs / (native && areCallsWaiting ? 10 : 3);
  }

  /** How often to look. */
  get tickMs(): number {
    return this.#timeoutMs / 20;
  }
}
