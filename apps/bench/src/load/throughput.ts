import { setTimeout as delay } from 'node:timers/promises';
import { Histogram } from '../histogram.ts';
import type { Scenario } from '../scenario.ts';
import type { Step } from '../workloads/workload.ts';
import type { LoadSpec, ThroughputResult } from './load-messages.ts';
import { createRoot, openSpread, removeRoot } from './sessions.ts';

/** Runs every lane as fast as possible, and counts the operations that end within the measured time. */
export async function measureThroughput(scenario: Scenario, spec: LoadSpec): Promise<ThroughputResult> {
  const clients = await openSpread(spec.servers, scenario.connections);
  try {
    const [first] = clients;
    if (first === undefined) throw new Error('a scenario needs a connection');
    const root = await createRoot(first);
    const { lanesPerClient } = scenario;
    const steps = await scenario.workload.prepare({
      clients,
      lanesPerClient,
      valueBytes: spec.valueBytes,
      root,
    });
    const result = await drive(steps, spec);
    await removeRoot(first, root);
    return result;
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function drive(steps: readonly Step[], { warmUpMs, measureMs }: LoadSpec): Promise<ThroughputResult> {
  const meter = new Meter();
  const stop = new AbortController();
  const lane = async (step: Step): Promise<void> => {
    try {
      while (!stop.signal.aborted) {
        const startedAt = performance.now();
        await step();
        meter.completed(startedAt);
      }
    } catch (error) {
      // A lane that fails makes the figures useless, so the others need not go on.
      stop.abort(error);
      throw error;
    }
  };
  const lanes = Promise.allSettled(steps.map(lane));
  try {
    await delay(warmUpMs, undefined, { signal: stop.signal });
    meter.begin();
    await delay(measureMs, undefined, { signal: stop.signal });
  } catch {
    // The failure of the lane itself is reported below.
  }
  meter.end();
  stop.abort();
  for (const outcome of await lanes) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return meter.result();
}

/** Counts the operations that are completed between its beginning and its end. */
class Meter {
  #operations = 0;
  #beganAt = Number.POSITIVE_INFINITY;
  #endedAt = Number.POSITIVE_INFINITY;
  #cpu = process.cpuUsage();
  readonly #latency = new Histogram();

  begin(): void {
    this.#cpu = process.cpuUsage();
    this.#beganAt = performance.now();
  }

  end(): void {
    this.#endedAt = performance.now();
    this.#cpu = process.cpuUsage(this.#cpu);
  }

  completed(startedAt: number): void {
    const now = performance.now();
    if (now < this.#beganAt) return;
    if (now <= this.#endedAt) this.#operations++;
    // Operations in flight at the end are timed too, because they may be the slowest of all.
    this.#latency.record((now - startedAt) * 1_000);
  }

  result(): ThroughputResult {
    const elapsedMs = this.#endedAt - this.#beganAt;
    return {
      operations: this.#operations,
      elapsedMs,
      latency: this.#latency.toData(),
      loadCores: (this.#cpu.user + this.#cpu.system) / 1_000 / elapsedMs,
    };
  }
}
