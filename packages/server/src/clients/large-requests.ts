import { InvariantError } from '@conclave/protocol';
import type { Limits } from '../config/limits.ts';
import { ignore } from '../environment/byte-stream.ts';
import type { Clock } from '../environment/environment.ts';

export type LargeRequestLimits = Pick<
  Limits,
  'largeRequestBytes' | 'largeRequestsBytesMax' | 'largeRequestMs'
>;

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
    if (this.#bytes < 0) throw new InvariantError('more room was given back than large requests had taken');
  }
}

type Timing = Pick<Clock, 'monotonicMs' | 'after'>;

/** One connection's request in the course of being received. */
export class IncomingRequest {
  readonly #room: LargeRequests;
  readonly #clock: Timing;
  readonly #onLate: () => void;
  #bytes = 0;
  #taken = 0;
  #isAwaited = true;
  /** What was left of its time at `#awaitedMs`. */
  #leftMs = 0;
  #awaitedMs = 0;
  #cancelLate: () => void = ignore;

  /** `onLate` is called when a large request has had room, and was awaited, for its time and is not whole. */
  constructor(room: LargeRequests, clock: Timing, onLate: () => void) {
    this.#room = room;
    this.#clock = clock;
    this.#onLate = onLate;
  }

  /** `bytes` is the length of the request of which a part has come; 0 when there is none, or a new one begins. */
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
    this.#leftMs = largeRequestMs;
    if (this.#isAwaited) this.#count();
    return true;
  }

  /** Whether it is for the client to go on. Time in which this server does not let it is not held against it. */
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
