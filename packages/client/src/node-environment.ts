import type { ClientEnvironment, TimerHandle } from './environment/environment.ts';
import { TcpStream } from './environment/tcp-stream.ts';
import { WebSocketStream } from './environment/websocket-stream.ts';
import { HeartbeatThread } from './heartbeat/heartbeat-thread.ts';

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
