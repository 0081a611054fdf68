import { Histogram } from './histogram.ts';
import type { LoadResult } from './load/run-load.ts';
import type { Measure, ScenarioName } from './scenario.ts';

/** One run of one scenario against one target. */
export interface Sample {
  readonly scenario: ScenarioName;
  readonly target: string;
  /** The number of the round, from 1. */
  readonly round: number;
  readonly measure: Measure;
  /** Operations per second for a rate; milliseconds otherwise. */
  readonly value: number;
  /** The times of single operations, in milliseconds; absent for gaps. */
  readonly latencyMs?: { readonly median: number; readonly p99: number; readonly max: number };
  /** Processor time of the load, as a share of one core; absent for gaps. */
  readonly loadCores?: number;
  /** Acknowledged writes that were missing afterwards; only for gaps. */
  readonly lost?: number;
  /** Writes with an unknown outcome; only for gaps. */
  readonly unknown?: number;
}

export type SampleOf = Pick<Sample, 'scenario' | 'target' | 'round' | 'measure'>;

export function toSample(of: SampleOf, load: LoadResult): Sample {
  if (load.type === 'gap') {
    const { gapMs, lost, unknown } = load.result;
    return { ...of, value: gapMs, lost, unknown };
  }
  const { operations, elapsedMs, latency, loadCores } = load.result;
  const histogram = new Histogram();
  histogram.add(latency);
  const latencyMs = {
    median: histogram.quantile(0.5) / 1_000,
    p99: histogram.quantile(0.99) / 1_000,
    max: histogram.max / 1_000,
  };
  const rate = (operations / elapsedMs) * 1_000;
  return { ...of, value: of.measure === 'rate' ? rate : latencyMs.median, latencyMs, loadCores };
}
