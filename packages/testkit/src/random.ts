/**
 * A seeded source of random numbers (sfc32, by Chris Doty-Humphrey): one seed always gives the same numbers. Every
 * part of a simulation takes a fork of its own, so that one part can draw more or fewer numbers without changing what
 * the others draw.
 */
export class Random {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    this.#a = scramble(this.#seed);
    this.#b = scramble(this.#a ^ high);
    this.#c = scramble(this.#b + 0x9e3779b9);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Returns another source. It depends only on this source's seed and on `label`, not on what was drawn already. */
  fork(label: string): Random {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
    return new Random(scramble(hash));
  }

  /** In [0, 1). */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** 32 bits, as a number from 0. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  /** Returns a number from `least` to `most`. */
  range(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** Returns an integer from `least` to `most`, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Returns true with this probability, from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /**
   * Returns a number from an exponential distribution: mostly less than the mean, now and then several times as much.
   */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }

  /** Returns one of the items, each with the same probability. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Returns one of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return (entries.at(-1) as [K, number])[0];
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.bits();
  }
}

/** The finaliser of MurmurHash3. */
function scramble(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
