import { connect } from 'node:net';

/** Resolves to the first of the ports of loopback on which something listens, or to undefined if there is none. */
export async function firstPortInUse(ports: readonly number[]): Promise<number | undefined> {
  const inUse = await Promise.all(ports.map(isInUse));
  return ports[inUse.indexOf(true)];
}

function isInUse(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => settle(false));
    socket.once('connect', () => {
      socket.destroy();
      settle(true);
    });
  });
}
