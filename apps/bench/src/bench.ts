import { type LoadResult, runLoad } from './load/run-load.ts';
import { type Sample, toSample } from './sample.ts';
import { type Scenario, type ScenarioName, scenarios } from './scenario.ts';
import type { Target } from './targets/target.ts';

export interface BenchOptions {
  readonly scenarios: readonly ScenarioName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly valueBytes: number;
  readonly signal: AbortSignal;
  /** Called with each sample when it is taken. */
  readonly onSample: (sample: Sample) => void;
}

/**
 * Measures every scenario against every target. The targets take turns within each round, so that a temporary
 * disturbance of the machine affects all of them.
 */
export async function measureAll(targets: readonly Target[], options: BenchOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const scenario of options.scenarios) {
    for (let round = 1; round <= options.rounds; round++) {
      for (const target of targets) {
        const { measure } = scenarios[scenario];
        const load = await measureOnce(target, scenario, options);
        const sample = toSample({ scenario, target: target.name, round, measure }, load);
        samples.push(sample);
        options.onSample(sample);
      }
    }
  }
  return samples;
}

/** Writes for a while and discards the figures, because a server that was just started is slow at first. */
export async function warmUp(targets: readonly Target[], options: BenchOptions): Promise<void> {
  for (const target of targets) await measureOnce(target, 'set', options);
}

async function measureOnce(target: Target, name: ScenarioName, options: BenchOptions): Promise<LoadResult> {
  const { signal } = options;
  const { fault }: Scenario = scenarios[name];
  const spec = {
    scenario: name,
    servers: target.servers,
    valueBytes: options.valueBytes,
    warmUpMs: options.warmUpSeconds * 1_000,
    measureMs: options.seconds * 1_000,
  };
  const strike = async (): Promise<void> => {
    if (fault === undefined || target.ensemble === undefined)
      throw new Error(`${target.name} is not our own ensemble, so its leader cannot be killed or frozen`);
    await target.ensemble.strikeLeader(fault, signal);
  };
  try {
    return await runLoad(spec, { strike, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name} against ${target.name}: ${why}`, { cause });
  } finally {
    if (fault !== undefined && !signal.aborted) await target.ensemble?.heal(signal);
  }
}
