import type { Zxid } from '@conclave/protocol';

/**
 * A running digest of the whole state: the sum, in two independent 32-bit lanes, of a hash of every znode and
 * every session. A sum does not depend on the order of its parts, so a server that loaded a checkpoint has the same
 * digest as one that applied every transaction. It finds servers that differ by accident. It is no defence against
 * deliberate collisions.
 */
export class Digest {
  #a = 0;
  #b = 0;

  add(hashed: Hashed): void {
    this.#a = (this.#a + hashed.hashA) | 0;
    this.#b = (this.#b + hashed.hashB) | 0;
  }

  subtract(hashed: Hashed): void {
    this.#a = (this.#a - hashed.hashA) | 0;
    this.#b = (this.#b - hashed.hashB) | 0;
  }

  /** Returns 16 hexadecimal digits for the state and its zxid together. */
  at(zxid: Zxid): string {
    const a = finishHash(mixLong(this.#a, zxid));
    const b = finishHash(mixLong(this.#b ^ LANE_B, zxid));
    return hex(a) + hex(b);
  }
}

/** The hashes that an element of the state adds to the digest. */
export interface Hashed {
  hashA: number;
  hashB: number;
}

/** Start values that make the two lanes differ. */
export const LANE_A = 0x2f0b4a27;
export const LANE_B = 0x5bd1e995;

export function mixInt(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** `value` is a safe integer. */
export function mixLong(hash: number, value: number): number {
  return mixInt(mixInt(hash, value | 0), Math.floor(value / 2 ** 32) | 0);
}

/** Spreads every bit of `hash` over the whole word (the finaliser of MurmurHash3). */
export function finishHash(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function hashText(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return finishHash(hash);
}

/** `null` and an empty array have different hashes. */
export function hashBytes(bytes: Uint8Array | null): number {
  if (bytes === null) return 0x7f4a7c15;
  const length = bytes.length;
  const whole = length & ~3;
  let hash = length;
  let i = 0;
  for (; i < whole; i += 4) {
    const word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    hash = mixInt(hash, word);
  }
  for (; i < length; i++) hash = mixInt(hash, bytes[i] as number);
  return finishHash(hash);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
