import type { Client, NodeData } from '@conclave/client';
import { until } from '@conclave/testkit';

/**
 * Creates one sequential node after the other below a path. Records the acknowledged ones and the gaps between them.
 */
export class SteadyWriter {
  readonly acknowledged: string[] = [];
  readonly #client: Client;
  readonly #prefix: string;
  readonly #data: NodeData;
  readonly #running: Promise<void>;
  readonly #failed = new AbortController();
  #stopped = false;
  #longestGapMs = 0;

  constructor(client: Client, parent: string, name: string, data: NodeData = null) {
    this.#client = client;
    this.#prefix = `${parent}/${name}-`;
    this.#data = data;
    this.#running = this.#run().catch((error: unknown) => this.#failed.abort(error));
  }

  /** Waits for `count` more acknowledgements. Rejects if a write fails. */
  async progress(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    const reached = async () => (this.acknowledged.length >= goal ? true : undefined);
    const { signal } = this.#failed;
    await until(reached, { what: `${count} writes to be acknowledged`, signal });
  }

  /** Resolves to the longest time between two acknowledgements, in milliseconds. Rejects if a write has failed. */
  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#running;
    this.#failed.signal.throwIfAborted();
    return this.#longestGapMs;
  }

  async #run(): Promise<void> {
    let last = performance.now();
    while (!this.#stopped) {
      const { path } = await this.#client.create(this.#prefix, this.#data, { mode: 'persistentSequential' });
      const now = performance.now();
      this.#longestGapMs = Math.max(this.#longestGapMs, now - last);
      last = now;
      this.acknowledged.push(path);
    }
  }
}
