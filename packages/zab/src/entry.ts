import type { Zxid } from '@conclave/protocol';

/** The number of an ensemble member, 1..254. */
export type ServerId = number;

export const SERVER_ID_MAX = 254;

/**
 * One proposal: bytes with their place in the total order. Within an epoch counters grow by one; the first
 * entry of an epoch has counter 1. The leader of an epoch alone hands out its zxids, so two entries with
 * equal zxids are the same entry, and two logs that both hold a zxid are equal up to it.
 */
export interface Entry {
  readonly zxid: Zxid;
  readonly payload: Uint8Array;
}
