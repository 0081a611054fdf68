import type { ClientEnvironment } from './environment/environment.ts';
import { nodePlatform } from './environment/node-platform.ts';
import { HeartbeatThread } from './heartbeat/heartbeat-thread.ts';

/** The clock, the timers and the network of Node.js, with heartbeats from a thread of their own. */
export const nodeEnvironment: ClientEnvironment = {
  ...nodePlatform,
  startHeartbeat: (options) => new HeartbeatThread(options),
};
