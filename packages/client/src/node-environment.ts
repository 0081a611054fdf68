import type { ClientEnvironment, TimerHandle } from './environment.ts';
import { HeartbeatThread } from './heartbeat-thread.ts';
import { TcpStream } from './tcp-stream.ts';
import { WebSocketStream } from './websocket-stream.ts';

/** The client's world in Node. */
export const nodeEnvironment: ClientEnvironment = {
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
  startHeartbeat: (options) => new HeartbeatThread(options),
};
