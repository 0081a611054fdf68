const PROVED_AT = 0;
const VOUCHES = 1;

/**
 * What the event loop and the heartbeat thread share, so that each can read it while the other does not run: when the
 * latest answered heartbeat was sent, and how often the loop has vouched for itself. Times are of `process.hrtime`,
 * which is the one clock that all threads share.
 */
export class HeartbeatMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new BigInt64Array(buffer);
  }

  /** In milliseconds, rounded down to a microsecond, and 0 before the first answered heartbeat. */
  get provedAt(): number {
    return Number(Atomics.load(this.#cells, PROVED_AT)) / 1e3;
  }

  set provedAt(time: number) {
    Atomics.store(this.#cells, PROVED_AT, BigInt(Math.floor(time * 1e3)));
  }

  get vouches(): bigint {
    return Atomics.load(this.#cells, VOUCHES);
  }

  vouch(): void {
    Atomics.add(this.#cells, VOUCHES, 1n);
  }
}

/** Returns the milliseconds of the clock that all threads share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
