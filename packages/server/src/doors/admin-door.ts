import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Address, Listener } from '../environment/environment.ts';
import { listen } from '../environment/listen.ts';

const CONNECTIONS_MAX = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;

/** The admin API on a port of its own, as ZooKeeper's admin server has one. */
export async function openAdminDoor(
  address: Address,
  admin: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  const http = createServer({ keepAliveTimeout: 5_000, requestTimeout: REQUEST_TIMEOUT_MS }, admin);
  http.maxConnections = CONNECTIONS_MAX;
  return listen(http, address, () => http.closeAllConnections());
}
