import { customRandom } from 'nanoid';

/** 128 random bits in hexadecimal: as good as the UUIDs that Curator and kazoo put into their names. */
export const uniqueName: () => string = customRandom('0123456789abcdef', 32, takeRandom);

/** The same with hyphens, as Curator writes and recognises it. */
export function uniqueNameHyphenated(): string {
  const hex = uniqueName();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Asking the system costs more than a name: it is asked for many at a time. */
const pool = new Uint8Array(4096);
let taken = pool.length;
/** Who filled it: a simulator puts its own source in the place of the system's, and another run another one. */
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
