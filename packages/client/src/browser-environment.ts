import { BrowserWebSocketStream } from './environment/browser-websocket-stream.ts';
import type { ClientEnvironment, TimerHandle } from './environment/environment.ts';

/**
 * The client's world in a browser: WebSocket only, and heartbeats from the event loop. A page in the background may
 * run its timers once a minute; a session that must live on there needs a timeout that allows for it.
 */
export const browserEnvironment: ClientEnvironment = {
  transports: ['ws', 'wss'],
  now: () => performance.now(),
  random: Math.random,
  setTimer: (callback, delayMs): TimerHandle => setTimeout(callback, delayMs),
  clearTimer(timer) {
    clearTimeout(timer as number);
  },
  defer: queueMicrotask,
  openStream: (address, handlers) => new BrowserWebSocketStream(address, handlers),
};
