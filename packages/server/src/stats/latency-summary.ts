/** Minimum, maximum and mean of latencies, in milliseconds. */
export class LatencySummary {
  count = 0;
  sumMs = 0;
  maxMs = 0;
  #minMs = Number.POSITIVE_INFINITY;

  add(ms: number): void {
    this.count++;
    this.sumMs += ms;
    if (ms < this.#minMs) this.#minMs = ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** 0 before the first. */
  get minMs(): number {
    return this.count === 0 ? 0 : this.#minMs;
  }

  /** 0 before the first. */
  get meanMs(): number {
    return this.count === 0 ? 0 : this.sumMs / this.count;
  }

  reset(): void {
    this.count = 0;
    this.sumMs = 0;
    this.maxMs = 0;
    this.#minMs = Number.POSITIVE_INFINITY;
  }
}
