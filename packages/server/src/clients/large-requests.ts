import { InvariantError } from '@conclave/protocol';
import type { Limits } from '../config/limits.ts';
import { ignore } from '../environment/byte-stream.ts';
import type { Clock } from '../environment/environment.ts';

export type LargeRequestLimits = Pick<
  Limits,
  'largeRequestBytes' | 'largeRequestsBytesMax' | 'largeRequestMs'
>;

/**
 * Room for large requests while they are being received. A client for which there is none is not read until there is.
 * So the bytes gathered have a limit, however many clients announce large requests at once.
 */
export class LargeRequests {
  readonly limits: LargeRequestLimits;
  #bytes = 0;

  constructor(limits: LargeRequestLimits) {
    this.limits = limits;
  }

  /** Takes room. Returns false if there is none now. A single large request always has room. */
  take(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.limits.largeRequestsBytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) throw new InvariantError('more room was given back than large requests had taken');
  }
}

type Timing = Pick<Clock, 'monotonicMs' | 'after'>;

/** One connection's request while it is being received. */
export class IncomingRequest {
  readonly #room: LargeRequests;
  readonly #clock: Timing;
  readonly #onLate: () => void;
  #bytes = 0;
  #taken = 0;
  #isAwaited = true;
  /** The time that the request had left at `#awaitedMs`. */
  #leftMs = 0;
  #awaitedMs = 0;
  #cancelLate: () => void = ignore;

  /** `onLate` is called if a large request is not complete although it had room and was awaited for its whole time. */
  constructor(room: LargeRequests, clock: Timing, onLate: () => void) {
    this.#room = room;
    this.#clock = clock;
    this.#onLate = onLate;
  }

  /** `bytes` is the length of the request that has come in part; 0 if there is none or a new one begins. */
  follow(bytes: number): void {
    if (bytes === this.#bytes) return;
    if (this.#taken > 0) {
      this.#cancelLate();
      this.#room.release(this.#taken);
      this.#taken = 0;
    }
    this.#bytes = bytes;
  }

  /** Whether the rest of the request may be received now. Takes the room for it. */
  hasRoom(): boolean {
    const { largeRequestBytes, largeRequestMs } = this.#room.limits;
    if (this.#bytes <= largeRequestBytes || this.#taken > 0) return true;
    if (!this.#room.take(this.#bytes)) return false;
    this.#taken = this.#bytes;
    this.#leftMs = largeRequestMs;
    if (this.#isAwaited) this.#count();
    return true;
  }

  /** Whether this server waits for the client. Time in which it does not read from the client does not count. */
  setAwaited(isAwaited: boolean): void {
    if (isAwaited === this.#isAwaited) return;
    this.#isAwaited = isAwaited;
    if (this.#taken === 0) return;
    if (isAwaited) {
      this.#count();
    } else {
      this.#cancelLate();
      this.#leftMs -= this.#clock.monotonicMs() - this.#awaitedMs;
    }
  }

  #count(): void {
    this.#awaitedMs = this.#clock.monotonicMs();
    this.#cancelLate = this.#clock.after(Math.max(0, this.#leftMs), this.#onLate);
  }
}
