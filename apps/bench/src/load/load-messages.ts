import type { HistogramData } from '../histogram.ts';
import type { ScenarioName } from '../scenario.ts';

/** The parameters of one run of the load. */
export interface LoadSpec {
  readonly scenario: ScenarioName;
  readonly servers: readonly string[];
  readonly valueBytes: number;
  /** Time of load before anything is counted, so that the compilers of both sides have optimised the code. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type LoadRequest =
  | { readonly type: 'run'; readonly spec: LoadSpec }
  /** The leader has just been killed or frozen. In scenarios with a fault this is the answer to `steady`. */
  | { readonly type: 'struck' };

export type LoadReply =
  /** The stream of writes is steady, so the leader may be killed or frozen now. */
  | { readonly type: 'steady' }
  | { readonly type: 'throughput'; readonly result: ThroughputResult }
  | { readonly type: 'gap'; readonly result: GapResult }
  | { readonly type: 'failed'; readonly message: string };

export interface ThroughputResult {
  readonly operations: number;
  readonly elapsedMs: number;
  /** The time of each operation in microseconds. */
  readonly latency: HistogramData;
  /** Processor time of the load itself, as a share of one core. Near 1 the load is the bottleneck. */
  readonly loadCores: number;
}

export interface GapResult {
  readonly gapMs: number;
  readonly acknowledged: number;
  /** Writes with an unknown outcome. */
  readonly unknown: number;
  /** Acknowledged writes that were missing afterwards. Must be 0. */
  readonly lost: number;
}
