import { timingSafeEqual } from 'node:crypto';

/** Compares in a time that does not tell how much of a guess was right. */
export function samePassword(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
