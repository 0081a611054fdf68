import type { Client } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { acquireClassicLock } from './classic-lock.ts';
import { lanesOf, type Workload } from './workload.ts';

/**
 * A step is one lock taken and given back. `lanesPerLock` lanes contend for each lock; 1 is no contention. On
 * Conclave it is the recipe's mutex; on ZooKeeper's servers, which have no such command, their classic recipe.
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
