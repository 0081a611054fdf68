import type { Client } from '@conclave/client';

const PREFIX = 'lock-';

/**
 * The lock of ZooKeeper's own recipes (Hunt et al., USENIX ATC 2010, section 2.4, locks without herd effect): an
 * ephemeral sequential node, and a watch on the one in front. Resolves when the lock is held, with what releases it.
 */
export async function acquireClassicLock(client: Client, path: string): Promise<() => Promise<void>> {
  const { path: own } = await client.create(`${path}/${PREFIX}`, null, { mode: 'ephemeralSequential' });
  const name = own.slice(path.length + 1);
  for (;;) {
    // A plain read: it cannot miss a contender in front, which was created before our own node was.
    const { children } = await client.children(path, { consistency: 'session' });
    const predecessor = predecessorOf(name, children);
    if (predecessor === undefined) return () => client.delete(own);
    await gone(client, `${path}/${predecessor}`);
  }
}

/** The contender right in front of `name`, or undefined when it is the first. */
export function predecessorOf(name: string, children: readonly string[]): string | undefined {
  let predecessor: string | undefined;
  for (const child of children) {
    // Ten digits after one prefix: the order of the names is the order of arrival.
    if (child < name && (predecessor === undefined || child > predecessor)) predecessor = child;
  }
  return predecessor;
}

async function gone(client: Client, path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stat = await client.exists(path, { consistency: 'session', watch: () => resolve() });
  if (stat !== null) await promise;
}
