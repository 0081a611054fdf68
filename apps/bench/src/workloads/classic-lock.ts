import type { Client } from '@conclave/client';

const PREFIX = 'lock-';

/**
 * Acquires the lock of ZooKeeper's own recipes (Hunt et al., USENIX ATC 2010, section 2.4, locks without herd effect):
 * an ephemeral sequential node, and a watch on the node in front. Resolves to the release when the lock is held.
 */
export async function acquireClassicLock(client: Client, path: string): Promise<() => Promise<void>> {
  const { path: own } = await client.create(`${path}/${PREFIX}`, null, { mode: 'ephemeralSequential' });
  const name = own.slice(path.length + 1);
  for (;;) {
    // A plain read is enough: it cannot miss a contender in front, because that was created before our own node.
    const { children } = await client.children(path, { consistency: 'session' });
    const predecessor = predecessorOf(name, children);
    if (predecessor === undefined) return () => client.delete(own);
    await gone(client, `${path}/${predecessor}`);
  }
}

/** The contender right in front of `name`, or undefined if `name` is the first. */
export function predecessorOf(name: string, children: readonly string[]): string | undefined {
  let predecessor: string | undefined;
  for (const child of children) {
    // All names are one prefix and ten digits, so the order of the names is the order of arrival.
    if (child < name && (predecessor === undefined || child > predecessor)) predecessor = child;
  }
  return predecessor;
}

async function gone(client: Client, path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stat = await client.exists(path, { consistency: 'session', watch: () => resolve() });
  if (stat !== null) await promise;
}
