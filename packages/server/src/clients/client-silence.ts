/**
 * How long a client has been silent by its own doing. What is not read, because of a limit of this server, may hold
 * heartbeats: such time does not count, and this server speaks for the session meanwhile. Not for one whose client
 * had been silent for its timeout before, so that nobody who is gone is kept by stops and starts; and not for one whose
 * client itself has taken nothing, for its timeout, of what it was sent.
 */
export class ClientSilence {
  #timeoutMs = 0;
  /** When the client was heard last; later by the time in which it was not read. */
  #heardMs = 0;
  #unreadSinceMs: number | undefined;
  #untakenBytes = 0;
  #takenMs = 0;

  /** The client has its session, which lives so long without a sign of life. */
  begin(timeoutMs: number, nowMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#heardMs = nowMs;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  stopReading(nowMs: number): void {
    this.#unreadSinceMs = nowMs;
    this.#untakenBytes = 0;
  }

  resumeReading(nowMs: number): void {
    if (this.#unreadSinceMs === undefined) return;
    this.#heardMs = Math.min(nowMs, this.#heardMs + nowMs - this.#unreadSinceMs);
    this.#unreadSinceMs = undefined;
  }

  /** The client has taken all that it was sent. */
  tookAll(): void {
    this.#untakenBytes = 0;
  }

  /**
   * Whether this server speaks for the client, to be asked now and then. `untakenBytes` is what waits for a client that
   * is not read because it takes too little; 0 for any other.
   */
  isExempt(nowMs: number, untakenBytes: number): boolean {
    if (this.#unreadSinceMs === undefined) return false;
    if (this.#unreadSinceMs - this.#heardMs >= this.#timeoutMs) return false;
    if (untakenBytes < this.#untakenBytes || this.#untakenBytes === 0) this.#takenMs = nowMs;
    this.#untakenBytes = untakenBytes;
    return untakenBytes === 0 || nowMs - this.#takenMs < this.#timeoutMs;
  }
}
