/** Counts the outcomes of the calls of all clients. */
export interface Tally {
  acknowledged: number;
  refused: number;
  unknown: number;
  /** Requests of former holders that a resource without a fencing gate would have accepted after a later holder's. */
  lateUses: number;
}
