import type { Server } from 'node:net';
import { ignore } from './byte-stream.ts';
import type { Address, Listener } from './environment.ts';

/** Connections that may wait to be accepted. */
export const LISTEN_BACKLOG = 1024;

/**
 * Opens the port of a TCP or HTTP server. Closing the listener also ends the connections that are open, by
 * `endConnections`. Rejects with the system's error when the address is not available.
 */
export async function listen(
  server: Server,
  { host, port }: Address,
  endConnections: () => void,
): Promise<Listener> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: LISTEN_BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A failed accept (no file descriptors left) must not stop the server.
  server.on('error', ignore);
  const bound = server.address();
  return {
    address: { host, port: bound !== null && typeof bound === 'object' ? bound.port : port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endConnections();
      }),
  };
}
