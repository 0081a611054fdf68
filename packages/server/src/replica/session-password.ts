import { timingSafeEqual } from 'node:crypto';

/** Compares two passwords in a time that does not depend on how much of a guess is right. */
export function samePassword(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
