import type { ClientEnvironment } from './environment/environment.ts';
import { nodePlatform } from './environment/node-platform.ts';
import { HeartbeatThread } from './heartbeat/heartbeat-thread.ts';

/** The client's world in Node. */
export const nodeEnvironment: ClientEnvironment = {
  ...nodePlatform,
  startHeartbeat: (options) => new HeartbeatThread(options),
};
