/**
 * A growing row of places of which some are taken. It counts the taken places before any one, by a binary indexed tree
 * (Fenwick, 1994). Each operation takes logarithmic time.
 */
export class LiveCounts {
  /** `#sums[i]` counts the `i & -i` places that end with the i-th; the first place is the 1st. */
  #sums: Int32Array;
  #length = 0;

  constructor(taken: readonly boolean[]) {
    this.#sums = new Int32Array(Math.max(64, taken.length * 2));
    for (const isTaken of taken) this.#push(isTaken ? 1 : 0);
  }

  /** Adds a place at the end. It is taken. */
  append(): void {
    this.#push(1);
  }

  /** Frees a place that was taken. */
  remove(place: number): void {
    for (let i = place + 1; i <= this.#length; i += i & -i) this.#sums[i] = this.#at(i) - 1;
  }

  /** Forgets the places from `length` on. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Returns how many places before this one are taken. */
  before(place: number): number {
    let count = 0;
    for (let i = place; i > 0; i -= i & -i) count += this.#at(i);
    return count;
  }

  #push(count: number): void {
    const i = ++this.#length;
    if (i >= this.#sums.length) {
      const larger = new Int32Array(this.#sums.length * 2);
      larger.set(this.#sums);
      this.#sums = larger;
    }
    let sum = count;
    const from = i - (i & -i);
    for (let j = i - 1; j > from; j -= j & -j) sum += this.#at(j);
    this.#sums[i] = sum;
  }

  #at(i: number): number {
    return this.#sums[i] ?? 0;
  }
}
