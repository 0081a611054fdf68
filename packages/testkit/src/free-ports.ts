import { createServer, type Server } from 'node:net';

/**
 * Ports are chosen below those that systems give to outgoing connections (from 32768 on Linux, from 49152 elsewhere).
 * Otherwise a server that starts or restarts would sometimes find its port taken by a connection of its own ensemble.
 */
const PORT_MIN = 10_000;
const PORT_MAX = 32_767;
const ATTEMPTS_MAX = 1_000;

/**
 * Returns free ports of loopback. All are held at once while they are chosen, so they differ. Another process may take
 * one before it is used, so they are good only for tests.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenOnAnyPort));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function listenOnAnyPort(): Promise<Server> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await listen(PORT_MIN + Math.floor(Math.random() * (PORT_MAX - PORT_MIN + 1)));
    } catch (error) {
      if (attempts === ATTEMPTS_MAX) throw error;
    }
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return address.port;
}
