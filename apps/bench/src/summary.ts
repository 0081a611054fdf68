import type { Sample } from './sample.ts';
import type { Measure, ScenarioName } from './scenario.ts';

export interface Cell {
  readonly target: string;
  /** The median of the rounds. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** The median over the rounds of each round's 99th percentile, in milliseconds. */
  readonly p99Ms?: number;
  /** How many times better than the baseline; below 1 means behind. */
  readonly timesBetter?: number;
  /** Lost writes over all rounds. */
  readonly lost?: number;
}

export interface Row {
  readonly scenario: ScenarioName;
  readonly measure: Measure;
  readonly cells: readonly Cell[];
}

/** Summarises the samples: one row for each scenario and one cell for each target, in the order of the samples. */
export function summarize(samples: readonly Sample[], baseline: string | undefined): Row[] {
  const scenarios = [...new Set(samples.map(({ scenario }) => scenario))];
  return scenarios.flatMap((scenario) => {
    const ofScenario = samples.filter((sample) => sample.scenario === scenario);
    const [first] = ofScenario;
    if (first === undefined) return [];
    const base = ofScenario.filter(({ target }) => target === baseline).map(({ value }) => value);
    const targets = [...new Set(ofScenario.map(({ target }) => target))];
    return {
      scenario,
      measure: first.measure,
      cells: targets.map((target) =>
        cellOf(
          target,
          ofScenario.filter((sample) => sample.target === target),
          target === baseline || base.length === 0 ? undefined : median(base),
        ),
      ),
    };
  });
}

/** The rows in which a target is worse than the baseline, or lost a write. */
export function behind(rows: readonly Row[]): Row[] {
  return rows.filter(({ cells }) =>
    cells.some(({ timesBetter = 1, lost = 0 }) => timesBetter < 1 || lost > 0),
  );
}

function cellOf(target: string, samples: readonly Sample[], base: number | undefined): Cell {
  const values = samples.map(({ value }) => value);
  const p99s = samples.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs.p99]));
  const losses = samples.flatMap(({ lost }) => (lost === undefined ? [] : [lost]));
  const middle = median(values);
  const isRate = samples[0]?.measure === 'rate';
  return {
    target,
    median: middle,
    min: Math.min(...values),
    max: Math.max(...values),
    ...(p99s.length > 0 && { p99Ms: median(p99s) }),
    ...(base !== undefined && { timesBetter: isRate ? middle / base : base / middle }),
    ...(losses.length > 0 && { lost: losses.reduce((sum, lost) => sum + lost, 0) }),
  };
}

/** The middle value, or the mean of the two middle ones. `values` must not be empty. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
}
