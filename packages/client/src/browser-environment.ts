import { BrowserWebSocketStream } from './environment/browser-websocket-stream.ts';
import type { ClientEnvironment, TimerHandle } from './environment/environment.ts';

/**
 * The clock, the timers and the network of a browser: WebSocket only, and heartbeats from the event loop. A browser
 * may run the timers of a background page only once a minute, so a session that must survive there needs a longer
 * timeout.
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
