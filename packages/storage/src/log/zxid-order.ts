import { counterOf, epochOf, type Zxid } from '@conclave/protocol';

/**
 * Whether `next` may come right after `previous` in a log: the counter grows by one within an epoch, and starts at 1 in a
 * new one (Zab, DSN 2011, §3: a primary's transactions are numbered without gaps).
 */
export function continues(previous: Zxid, next: Zxid): boolean {
  if (next === previous + 1) return counterOf(next) !== 0;
  return next > previous && counterOf(next) === 1 && epochOf(next) > epochOf(previous);
}
