import type { EnsembleLink } from './ensemble-link.ts';

/** Servers to measure. */
export interface Target {
  readonly name: string;
  /** One address for each server, all with the same protocol. */
  readonly servers: readonly string[];
  /** Set if this program started the servers, and so may kill or freeze them. */
  readonly ensemble?: EnsembleLink;
}
