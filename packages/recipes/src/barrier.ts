import { type Client, isConclaveError, type SignalOptions } from '@conclave/client';
import { nodeReaches } from './node-wait.ts';
import { WaitLimit, type WaitOptions } from './wait-limit.ts';

/**
 * Returns the barrier at `path`. One client sets it and removes it, and others wait until it is gone. It is one plain
 * node, as in Curator's DistributedBarrier and kazoo's Barrier, so it works with ZooKeeper's servers too.
 *
 *     await barrier(client, '/jobs/42/hold').wait({ waitMs: 60_000 });
 */
export function barrier(client: Client, path: string): Barrier {
  return new Barrier(client, path);
}

/** A barrier that clients wait behind until it is removed. */
export class Barrier {
  /** The path of the barrier's node. */
  readonly path: string;
  readonly #client: Client;

  /** @internal */
  constructor(client: Client, path: string) {
    this.path = path;
    this.#client = client;
  }

  /**
   * Sets the barrier, and creates missing parents of its node. It stays when this session ends. Resolves with `false`
   * if the barrier was set already.
   */
  async set({ signal }: SignalOptions = {}): Promise<boolean> {
    return await unless('NODE_EXISTS', this.#client.create(this.path, null, { parents: true, signal }));
  }

  /** Removes the barrier, whichever client set it. Resolves with `false` if it was not set. */
  async remove({ signal }: SignalOptions = {}): Promise<boolean> {
    return await unless('NO_NODE', this.#client.delete(this.path, { signal }));
  }

  /**
   * Waits until the barrier is removed. Resolves at once if it is not set. Rejects with TIMEOUT after `waitMs`, with
   * the reason of the signal when that fires, and with the error of the session when that ends.
   */
  async wait(options: WaitOptions = {}): Promise<void> {
    using limit = new WaitLimit(this.path, options);
    const { signal } = limit;
    await nodeReaches(this.#client, this.path, (stat) => stat === null, {
      signal,
      consistency: 'linearizable',
    });
  }
}

/** Resolves with `true` if the write was done, and with `false` if it was refused with `code`. */
async function unless(code: 'NODE_EXISTS' | 'NO_NODE', write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConclaveError(error) && error.code === code) return false;
    throw error;
  }
}
