import { ignore } from './byte-stream.ts';

export interface LargeRequestLimits {
  /** A request longer than this is large. */
  readonly largeRequestBytes: number;
  /** What large requests may take together while they are being received. */
  readonly largeRequestsBytesMax: number;
  /** Time for one to arrive. */
  readonly largeRequestMs: number;
}

/**
 * Room for large requests while they are being received. Whoever finds none is not read until there is: so that
 * however many clients announce long requests at once, only so many bytes of them are gathered.
 */
export class LargeRequests {
  readonly limits: LargeRequestLimits;
  #bytes = 0;

  constructor(limits: LargeRequestLimits) {
    this.limits = limits;
  }

  /** False: there is no room now. One alone always has room. */
  take(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.limits.largeRequestsBytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** One connection's request in the course of being received. */
export class IncomingRequest {
  readonly #room: LargeRequests;
  readonly #after: (delayMs: number, task: () => void) => () => void;
  readonly #onLate: () => void;
  #bytes = 0;
  #taken = 0;
  #cancelLate: () => void = ignore;

  /** `onLate` is called when a large request has had room for its time and is not whole. */
  constructor(
    room: LargeRequests,
    after: (delayMs: number, task: () => void) => () => void,
    onLate: () => void,
  ) {
    this.#room = room;
    this.#after = after;
    this.#onLate = onLate;
  }

  /** `bytes` is the length of the request of which a part has come; 0 when there is none. */
  follow(bytes: number): void {
    if (bytes === this.#bytes) return;
    if (this.#taken > 0) {
      this.#cancelLate();
      this.#room.release(this.#taken);
      this.#taken = 0;
    }
    this.#bytes = bytes;
  }

  /** Whether the rest of it may be received now. */
  hasRoom(): boolean {
    const { largeRequestBytes, largeRequestMs } = this.#room.limits;
    if (this.#bytes <= largeRequestBytes || this.#taken > 0) return true;
    if (!this.#room.take(this.#bytes)) return false;
    this.#taken = this.#bytes;
    this.#cancelLate = this.#after(largeRequestMs, this.#onLate);
    return true;
  }
}
