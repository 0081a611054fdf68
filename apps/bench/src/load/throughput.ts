import { setTimeout as delay } from 'node:timers/promises';
import { Histogram } from '../histogram.ts';
import type { Scenario } from '../scenario.ts';
import type { Step } from '../workloads/workload.ts';
import type { LoadSpec, ThroughputResult } from './load-messages.ts';
import { createRoot, openSpread, removeRoot } from './sessions.ts';

/** Runs every lane as fast as it goes, and counts what ends within the measured time. */
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
  const stop = new AbortController();
  let latency: Histogram | undefined;
  const lane = async (step: Step): Promise<void> => {
    try {
      while (!stop.signal.aborted) {
        const startedAt = performance.now();
        await step();
        latency?.record((performance.now() - startedAt) * 1_000);
      }
    } catch (error) {
      // One lane that fails spoils the figures; the others need not go on.
      stop.abort(error);
      throw error;
    }
  };
  const lanes = Promise.allSettled(steps.map(lane));
  const measured = new Histogram();
  const aborted = { signal: stop.signal };
  let startedAt = 0;
  let cpuBefore = process.cpuUsage();
  try {
    await delay(warmUpMs, undefined, aborted);
    startedAt = performance.now();
    cpuBefore = process.cpuUsage();
    latency = measured;
    await delay(measureMs, undefined, aborted);
  } catch {
    // The lane's own failure is told below.
  }
  const elapsedMs = performance.now() - startedAt;
  const cpu = process.cpuUsage(cpuBefore);
  latency = undefined;
  stop.abort();
  for (const outcome of await lanes) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return {
    operations: measured.count,
    elapsedMs,
    latency: measured.toData(),
    loadCores: (cpu.user + cpu.system) / 1_000 / elapsedMs,
  };
}
