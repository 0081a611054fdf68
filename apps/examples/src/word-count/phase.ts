import type { Client } from '@conclave/client';
import { type HeldLock, mutex } from '@conclave/recipes';

/** Does one task. It may run again after a worker has died, so its effect must be the same each time. */
export type Work = (task: number, options: { readonly signal: AbortSignal }) => Promise<void>;

/**
 * One phase of a job: resolves when each of `tasks` tasks has been done by some worker. Every worker of the job calls it.
 *
 * A task is claimed by its lock, and is done when its node below `done` exists. First a worker takes the tasks that are
 * free. Then it waits in line for each task that another worker holds: if that worker dies, the lock comes to the next
 * in line, and the task is done again.
 */
export async function runPhase(client: Client, path: string, tasks: number, work: Work): Promise<void> {
  const lockOf = (task: number) => mutex(client, `${path}/locks/${task}`);
  for (let task = 0; task < tasks; task++) {
    await using lock = await lockOf(task).tryAcquire();
    if (lock !== null) await finish(client, path, task, lock, work);
  }
  for (let task = 0; task < tasks; task++) {
    await using lock = await lockOf(task).acquire();
    await finish(client, path, task, lock, work);
  }
}

async function finish(client: Client, path: string, task: number, lock: HeldLock, work: Work): Promise<void> {
  const done = `${path}/done/${task}`;
  if ((await client.exists(done)) !== null) return;
  await work(task, { signal: lock.signal });
  // The guard refuses this in the same transaction if the lock has been lost in the meantime (GRANT_OVER).
  await client.create(done, null, { parents: true, guard: lock.guard });
}
