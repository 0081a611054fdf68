import type { ClientEnvironment, TimerHandle } from './environment.ts';
import { TcpStream } from './tcp-stream.ts';
import { WebSocketStream } from './websocket-stream.ts';

/** The clock, the timers and the streams of Node.js. It starts no heartbeats, because heartbeat threads use it too. */
export const nodePlatform: ClientEnvironment = {
  transports: ['ws', 'wss', 'tcp'],
  now: () => performance.now(),
  random: Math.random,
  setTimer: (callback, delayMs): TimerHandle => setTimeout(callback, delayMs),
  clearTimer(timer) {
    clearTimeout(timer as NodeJS.Timeout);
  },
  defer: setImmediate,
  openStream: (address, handlers) =>
    address.transport === 'tcp' ? new TcpStream(address, handlers) : new WebSocketStream(address, handlers),
};
