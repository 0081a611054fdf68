import type { HistogramData } from '../histogram.ts';
import type { ScenarioName } from '../scenario.ts';

/** What one run of the load is to do. */
export interface LoadSpec {
  readonly scenario: ScenarioName;
  readonly servers: readonly string[];
  readonly valueBytes: number;
  /** Before anything is counted, so that both sides' compilers have seen the code. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type LoadRequest =
  | { readonly type: 'run'; readonly spec: LoadSpec }
  /** The leader has just been struck; for scenarios with a fault, as the answer to `steady`. */
  | { readonly type: 'struck' };

export type LoadReply =
  /** The stream of writes flows; the leader may be struck. */
  | { readonly type: 'steady' }
  | { readonly type: 'throughput'; readonly result: ThroughputResult }
  | { readonly type: 'gap'; readonly result: GapResult }
  | { readonly type: 'failed'; readonly message: string };

export interface ThroughputResult {
  readonly operations: number;
  readonly elapsedMs: number;
  /** Time of each operation in microseconds. */
  readonly latency: HistogramData;
  /** Processor time that the load itself took, as a share of one core: near 1 the load is what limits. */
  readonly loadCores: number;
}

export interface GapResult {
  readonly gapMs: number;
  readonly acknowledged: number;
  /** Writes whose outcome the client could not tell. */
  readonly unknown: number;
  /** Acknowledged writes that were not there afterwards. Must be 0. */
  readonly lost: number;
}
