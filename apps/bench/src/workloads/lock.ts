import type { Client } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { acquireClassicLock } from './classic-lock.ts';
import { lanesOf, type Workload } from './workload.ts';

/**
 * Each step acquires and releases a lock. `lanesPerLock` lanes contend for each lock; with 1 there is no contention. On
 * Conclave the lock is the mutex of the recipes. ZooKeeper has no such command, so there it is the classic recipe.
 */
export function lockWorkload(lanesPerLock: number): Workload {
  return {
    async prepare(context) {
      const lanes = lanesOf(context);
      const paths = lanes.filter((_, i) => i % lanesPerLock === 0);
      await Promise.all(paths.map(({ client, path }) => client.create(path)));
      return lanes.map(({ client }, i) => {
        const path = paths[Math.floor(i / lanesPerLock)]?.path ?? context.root;
        return client.session.native ? mutexStep(client, path) : classicStep(client, path);
      });
    },
  };
}

function mutexStep(client: Client, path: string): () => Promise<void> {
  const lock = mutex(client, path);
  return async () => {
    const held = await lock.acquire();
    await held.release();
  };
}

function classicStep(client: Client, path: string): () => Promise<void> {
  return async () => {
    const release = await acquireClassicLock(client, path);
    await release();
  };
}
