import { randomBytes } from 'node:crypto';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { openStorage, type StorageOptions } from '@conclave/storage';
import { type ByteStream, ignore } from './byte-stream.ts';
import type { Address, Clock, Entropy, Environment, Listener, Network } from './environment.ts';
import { listen } from './listen.ts';
import { TcpStream } from './tcp-stream.ts';

/** The environment of production: the sockets, timers and random numbers of Node.js, and a directory on disk. */
export function nodeEnvironment(storage: StorageOptions): Environment {
  return {
    clock: nodeClock,
    network: nodeNetwork,
    entropy: nodeEntropy,
    openStorage: () => openStorage(storage),
  };
}

export const nodeClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
  endOfTurn(task) {
    setImmediate(task);
  },
};

const nodeEntropy: Entropy = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  fraction: () => Math.random(),
};

const DIAL_TIMEOUT_MS = 2_000;

export const nodeNetwork: Network = {
  listen(address, onStream) {
    return listenTcp(address, (socket) => onStream(new TcpStream(socket)));
  },
  dial(address, onResult) {
    const socket = tcpConnect({ host: address.host, port: address.port, noDelay: true });
    const settle = (result: ByteStream | Error): void => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      if (result instanceof Error) {
        socket.on('error', ignore);
        socket.destroy();
      }
      onResult(result);
    };
    socket.setTimeout(DIAL_TIMEOUT_MS);
    socket.once('connect', () => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      onResult(new TcpStream(socket));
    });
    socket.once('timeout', () => settle(new Error(`no answer from ${address.host}:${address.port}`)));
    socket.once('error', (error) => settle(error));
    return () => {
      socket.removeAllListeners();
      socket.on('error', ignore);
      socket.destroy();
    };
  },
};

/** Listens for TCP connections. Rejects with the system's error when the address is not available. */
export async function listenTcp(address: Address, onSocket: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  return listen(server, address, () => {
    for (const socket of sockets) socket.destroy();
  });
}
