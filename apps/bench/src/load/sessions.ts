import { type Client, type ClientEnvironment, connect, nodeEnvironment } from '@conclave/client';

/**
 * The SDK's own environment without the heartbeat threads. Thirty sessions in one process do not need thirty threads,
 * and sessions with ZooKeeper servers have none.
 */
const { startHeartbeat: _thread, ...environment } = nodeEnvironment;

/**
 * Longer than the measured pauses, because a session that expires meanwhile would delay the client and not the servers.
 */
const SESSION_TIMEOUT_MS = 20_000;
/** Short, so that a server that serves again need not wait for its clients. */
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

/** Opens `count` sessions. The `i`th one knows only the server `i` modulo the number of servers. */
export function openSpread(servers: readonly string[], count: number): Promise<Client[]> {
  const { length } = servers;
  return Promise.all(
    Array.from({ length: count }, (_, i) => openSession(servers.slice(i % length, (i % length) + 1))),
  );
}

/** Creates a node for this run alone. */
export async function createRoot(client: Client): Promise<string> {
  const { path } = await client.create('/bench/run-', null, { mode: 'persistentSequential', parents: true });
  return path;
}

/** Deletes `root` and everything that the lanes left below it, one batch at a time. */
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
