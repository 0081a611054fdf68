/** What became of the calls of all clients. */
export interface Tally {
  acknowledged: number;
  refused: number;
  unknown: number;
}
