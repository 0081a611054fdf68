import { type Client, type ClientEnvironment, connect, nodeEnvironment } from '@conclave/client';

/**
 * The SDK's own environment but for the heartbeat threads: thirty sessions in one process need no thirty of them,
 * and on ZooKeeper's servers there are none.
 */
const { startHeartbeat: _thread, ...environment } = nodeEnvironment;

/** Longer than the pauses that are measured: a session that ends in the middle costs the client, not the servers. */
const SESSION_TIMEOUT_MS = 20_000;
/** Little patience: a server that serves again should not wait for its clients. */
const BACKOFF = { minMs: 20, maxMs: 100 };

export function openSession(servers: readonly string[], signal?: AbortSignal): Promise<Client> {
  return connect({
    servers,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    backoff: BACKOFF,
    signal,
    environment: environment satisfies ClientEnvironment,
  });
}

/** Opens `count` sessions that know one server each: the `i`th is on server `i` modulo their number. */
export function openSpread(servers: readonly string[], count: number): Promise<Client[]> {
  const { length } = servers;
  return Promise.all(
    Array.from({ length: count }, (_, i) => openSession(servers.slice(i % length, (i % length) + 1))),
  );
}

/** Creates a node that nobody else uses. */
export async function createRoot(client: Client): Promise<string> {
  const { path } = await client.create('/bench/run-', null, { mode: 'persistentSequential', parents: true });
  return path;
}

/** Deletes `root` and what the lanes left below it, a batch in flight at a time. */
export async function removeRoot(client: Client, root: string): Promise<void> {
  const { children } = await client.children(root);
  await Promise.all(
    children.map(async (child) => {
      const path = `${root}/${child}`;
      const below = await client.children(path);
      await Promise.all(below.children.map((name) => client.delete(`${path}/${name}`)));
      await client.delete(path);
    }),
  );
  await client.delete(root);
}
