import type { EnsembleLink } from './ensemble-link.ts';

/** Servers to measure. */
export interface Target {
  readonly name: string;
  /** One address each, all of the same door. */
  readonly servers: readonly string[];
  /** Where the servers are our own to strike. */
  readonly ensemble?: EnsembleLink;
}
