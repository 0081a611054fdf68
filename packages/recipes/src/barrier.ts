import { type Client, isConclaveError, type SignalOptions } from '@conclave/client';
import { nodeReaches } from './node-wait.ts';
import { WaitLimit, type WaitOptions } from './wait-limit.ts';

/**
 * A barrier at `path` that somebody sets and removes, and others wait to be gone: one plain node, as in Curator's
 * DistributedBarrier and kazoo's Barrier. It needs nothing of Conclave's own and works with ZooKeeper's servers.
 */
export function barrier(client: Client, path: string): Barrier {
  return new Barrier(client, path);
}

export class Barrier {
  readonly path: string;
  readonly #client: Client;

  /** @internal */
  constructor(client: Client, path: string) {
    this.path = path;
    this.#client = client;
  }

  /** Puts it up, with missing parents; it outlives this session. Resolves with `false` when it was up already. */
  async set({ signal }: SignalOptions = {}): Promise<boolean> {
    return await unless('NODE_EXISTS', this.#client.create(this.path, null, { parents: true, signal }));
  }

  /** Takes it down, whoever put it up. Resolves with `false` when it was down already. */
  async remove({ signal }: SignalOptions = {}): Promise<boolean> {
    return await unless('NO_NODE', this.#client.delete(this.path, { signal }));
  }

  /**
   * Waits until it is down. Rejects with TIMEOUT after `waitMs`, with the signal's reason, or with the session's when
   * that ends.
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

/** Whether the write was done; `false`: it was refused with `code`. */
async function unless(code: 'NODE_EXISTS' | 'NO_NODE', write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConclaveError(error) && error.code === code) return false;
    throw error;
  }
}
