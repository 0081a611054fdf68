/**
 * A transaction id: the epoch of the leader that proposed it in the high 32 bits, a counter within that
 * epoch in the low 32 (ZooKeeper, ATC 2010, §4.2). Held as a safe integer, so an epoch stays below 2^21.
 * Zxids are ordered as plain numbers.
 */
export type Zxid = number & { readonly zxid: unique symbol };

/** The last epoch for which a zxid is a safe integer. */
export const EPOCH_MAX = 2 ** 21 - 1;

/** The last number in an epoch. After it the leader opens the next epoch. */
export const COUNTER_MAX = 2 ** 32 - 1;
const EPOCH_UNIT = 2 ** 32;

/** The zxid before every transaction. */
export const ZXID_ZERO = 0 as Zxid;

/** Throws `RangeError` when either part is out of its range. */
export function makeZxid(epoch: number, counter: number): Zxid {
  if (!(Number.isInteger(epoch) && epoch >= 0 && epoch <= EPOCH_MAX)) {
    throw new RangeError(`epoch ${epoch} is outside 0..${EPOCH_MAX}`);
  }
  if (!(Number.isInteger(counter) && counter >= 0 && counter <= COUNTER_MAX)) {
    throw new RangeError(`counter ${counter} is outside 0..${COUNTER_MAX}`);
  }
  return (epoch * EPOCH_UNIT + counter) as Zxid;
}

/** Takes a number that came from outside (a log, a peer) as a zxid; throws `RangeError` if it cannot be one. */
export function toZxid(value: number): Zxid {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is not a zxid`);
  return value as Zxid;
}

/** Returns the epoch in which the transaction was proposed. */
export function epochOf(zxid: Zxid): number {
  return Math.floor(zxid / EPOCH_UNIT);
}

/** Returns the number of the transaction within its epoch. */
export function counterOf(zxid: Zxid): number {
  return zxid % EPOCH_UNIT;
}

/** Returns the zxid as ZooKeeper prints it: `0x100000002`. */
export function formatZxid(zxid: number): string {
  return `0x${zxid.toString(16)}`;
}
