/**
 * How long a client has been silent by its own doing. While this server does not read from it, because of a limit, the
 * unread bytes may hold heartbeats. So that time does not count, and the session is exempt from expiry meanwhile. There
 * are two exceptions. A client that had been silent for its timeout before is not exempt, so that stops and starts keep
 * no dead client alive. Nor is a client that has read nothing of what it was sent for its timeout.
 */
export class ClientSilence {
  #timeoutMs = 0;
  /** The time of the last activity, moved on by the time in which the client was not read. */
  #lastActivityMs = 0;
  #unreadSinceMs: number | undefined;
  #untakenBytes = 0;
  #takenMs = 0;

  /** The client has its session, which lives for `timeoutMs` without a sign of life. */
  begin(timeoutMs: number, nowMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#lastActivityMs = nowMs;
  }

  noteActivity(nowMs: number): void {
    this.#lastActivityMs = nowMs;
  }

  stopReading(nowMs: number): void {
    this.#unreadSinceMs = nowMs;
    this.#untakenBytes = 0;
  }

  resumeReading(nowMs: number): void {
    if (this.#unreadSinceMs === undefined) return;
    this.#lastActivityMs = Math.min(nowMs, this.#lastActivityMs + nowMs - this.#unreadSinceMs);
    this.#unreadSinceMs = undefined;
  }

  /** The client has read everything that it was sent. */
  tookAll(): void {
    this.#untakenBytes = 0;
  }

  /**
   * Whether the client's session is exempt from expiry; to be asked at intervals. `untakenBytes` is the number of bytes
   * that wait for a client from which this server does not read because that client reads too little; 0 for any other.
   */
  isExempt(nowMs: number, untakenBytes: number): boolean {
    if (this.#unreadSinceMs === undefined) return false;
    if (this.#unreadSinceMs - this.#lastActivityMs >= this.#timeoutMs) return false;
    if (untakenBytes < this.#untakenBytes || this.#untakenBytes === 0) this.#takenMs = nowMs;
    this.#untakenBytes = untakenBytes;
    return untakenBytes === 0 || nowMs - this.#takenMs < this.#timeoutMs;
  }
}
