import { setTimeout as delay } from 'node:timers/promises';
import { type Client, isConclaveError } from '@conclave/client';
import type { Scenario } from '../scenario.ts';
import { AcknowledgementLog } from './acknowledgement-log.ts';
import type { GapResult, LoadSpec } from './load-messages.ts';
import { createRoot, openSession } from './sessions.ts';

const RETRY_MS = 5;

/**
 * Measures the pause in a steady stream of writes when the leader is killed or frozen; `strike` does that and resolves
 * when it is done. Each lane writes one value at a time to its own node. Every session knows only one server, so that
 * the time in which a client looks for another one is not measured. The values count up, so that afterwards every node
 * shows whether its last acknowledged write survived.
 */
export async function measureWriteGap(
  scenario: Scenario,
  spec: LoadSpec,
  strike: () => Promise<void>,
): Promise<GapResult> {
  await using observer = await openSession(spec.servers);
  const root = await createRoot(observer);
  const log = new AcknowledgementLog();
  const lanes = Array.from({ length: scenario.connections * scenario.lanesPerClient }, (_, i) => {
    const { length } = spec.servers;
    const servers = spec.servers.slice(i % length, (i % length) + 1);
    return new WriteLane(`${root}/${i}`, servers, spec.valueBytes, log);
  });
  await Promise.all(lanes.map((lane) => observer.create(lane.path)));
  const stop = new AbortController();
  const running = Promise.all(lanes.map((lane) => lane.run(stop.signal)));
  try {
    await delay(spec.warmUpMs);
    log.begin();
    await strike();
    await log.flowsAgain();
  } finally {
    log.end();
    stop.abort();
  }
  await running;
  await using reader = await openSession(spec.servers);
  let lost = 0;
  for (const lane of lanes) {
    const { data } = await reader.get(lane.path);
    if (counterOf(data) < lane.acknowledged) lost++;
  }
  const unknown = lanes.reduce((sum, lane) => sum + lane.unknown, 0);
  return { gapMs: log.gapMs, acknowledged: log.count, unknown, lost };
}

class WriteLane {
  readonly path: string;
  /** The highest number whose write was acknowledged. */
  acknowledged = 0;
  /** Writes with an unknown outcome. */
  unknown = 0;
  readonly #servers: readonly string[];
  readonly #valueBytes: number;
  readonly #log: AcknowledgementLog;
  #written = 0;

  constructor(path: string, servers: readonly string[], valueBytes: number, log: AcknowledgementLog) {
    this.path = path;
    this.#servers = servers;
    this.#valueBytes = valueBytes;
    this.#log = log;
  }

  /** Writes until `signal` aborts. Opens a new session when one is over. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await using client = await openSession(this.#servers, signal);
        while (client.state !== 'expired') await this.#write(client, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isConclaveError(error)) throw error;
      }
    }
  }

  async #write(client: Client, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const n = ++this.#written;
    try {
      await client.set(this.path, counterValue(n, this.#valueBytes), { signal });
      this.acknowledged = n;
      this.#log.acknowledge();
    } catch (error) {
      signal.throwIfAborted();
      if (!isConclaveError(error)) throw error;
      if (error.code === 'OUTCOME_UNKNOWN') this.unknown++;
      await delay(RETRY_MS);
    }
  }
}

function counterValue(n: number, bytes: number): Uint8Array {
  const value = new Uint8Array(bytes);
  new DataView(value.buffer).setUint32(0, n);
  return value;
}

function counterOf(value: Uint8Array): number {
  return value.length < 4 ? 0 : new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(0);
}
