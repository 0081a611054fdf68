const SUB_BUCKET_BITS = 7;
const VALUE_MAX = 2 ** 31 - 1;
const BUCKETS = indexOf(VALUE_MAX) + 1;

/** A histogram as one process sends it to another. */
export interface HistogramData {
  readonly counts: Uint32Array;
  readonly sum: number;
  readonly max: number;
}

/**
 * Counts of whole microseconds up to 35 minutes, in buckets that grow with the value so that none is wider than
 * 1/128 of it (after G. Tene's HdrHistogram). Recording allocates nothing.
 */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** The mean; 0 before anything is recorded. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Records a value, rounded to whole microseconds. A value out of range counts as the nearest one in range. */
  record(microseconds: number): void {
    const value = Math.min(VALUE_MAX, Math.max(0, Math.round(microseconds)));
    const index = indexOf(value);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count++;
    this.#sum += value;
    if (value > this.#max) this.#max = value;
  }

  /**
   * The smallest value that `fraction` (0 to 1) of the records do not exceed, up to the width of its bucket. 0 before
   * anything is recorded.
   */
  quantile(fraction: number): number {
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(this.#max, highestOf(index));
    }
    return this.#max;
  }

  add(other: HistogramData): void {
    for (const [index, count] of other.counts.entries()) {
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
      this.#count += count;
    }
    this.#sum += other.sum;
    this.#max = Math.max(this.#max, other.max);
  }

  toData(): HistogramData {
    return { counts: this.#counts.slice(), sum: this.#sum, max: this.#max };
  }
}

/** The bucket of a value. Values below 256 have one bucket each; every doubling after that has 128. */
function indexOf(value: number): number {
  const shift = Math.max(0, 31 - SUB_BUCKET_BITS - Math.clz32(value));
  return (shift << SUB_BUCKET_BITS) + (value >>> shift);
}

function highestOf(index: number): number {
  const shift = Math.max(0, (index >>> SUB_BUCKET_BITS) - 1);
  const top = index - (shift << SUB_BUCKET_BITS);
  return (top + 1) * 2 ** shift - 1;
}
