import { customRandom } from 'nanoid';

/** Returns 128 random bits in hexadecimal, as unique as the UUIDs that Curator and kazoo put into their names. */
export const uniqueName: () => string = customRandom('0123456789abcdef', 32, takeRandom);

/** Returns the same with hyphens, as Curator writes and recognises it. */
export function uniqueNameHyphenated(): string {
  const hex = uniqueName();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Asking the system for random bytes costs more than a name, so it is asked for those of many names at once. */
const pool = new Uint8Array(4096);
let taken = pool.length;
/** The source that filled the pool. A simulator replaces the source of the system, and every run by another one. */
let source: unknown;

function takeRandom(size: number): Uint8Array {
  if (taken + size > pool.length || source !== crypto.getRandomValues) {
    source = crypto.getRandomValues;
    crypto.getRandomValues(pool);
    taken = 0;
  }
  taken += size;
  return pool.subarray(taken - size, taken);
}
