import { Worker } from 'node:worker_threads';
import type { HeartbeatLink, HeartbeatOptions } from './heartbeat.ts';
import { HeartbeatMemory, sharedNow } from './heartbeat-memory.ts';
import type { HeartbeatWorkerData } from './heartbeat-worker.ts';

/** The thread's module beside this one, from source or as built. */
const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './heartbeat-worker.ts' : './heartbeat-worker.js',
  import.meta.url,
);

/**
 * Heartbeats from a thread of their own. When the thread cannot run (a bundle without its module, a runtime
 * without threads) the event loop's own heartbeats remain.
 */
export class HeartbeatThread implements HeartbeatLink {
  readonly #memory = new HeartbeatMemory();
  readonly #worker: Worker;
  /** What this thread's `performance.now()` lags behind the shared clock by, or a little more. */
  readonly #offsetMs: number;

  constructor(options: HeartbeatOptions) {
    const { onSessionGone, onFailure, ...session } = options;
    const before = performance.now();
    this.#offsetMs = sharedNow() - before;
    const workerData: HeartbeatWorkerData = { ...session, memory: this.#memory.buffer };
    this.#worker = new Worker(workerUrl, { workerData, name: 'conclave-heartbeat' });
    this.#worker.on('message', onSessionGone);
    this.#worker.on('error', onFailure);
    // A program that is done otherwise may end.
    this.#worker.unref();
  }

  provedAt(): number {
    const provedAt = this.#memory.provedAt;
    return provedAt === 0 ? Number.NEGATIVE_INFINITY : provedAt - this.#offsetMs;
  }

  vouch(): void {
    this.#memory.vouch();
  }

  stop(): void {
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {});
    void this.#worker.terminate();
  }
}
