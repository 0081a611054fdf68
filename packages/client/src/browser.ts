import { browserEnvironment } from './browser-environment.ts';
import type { Client } from './client.ts';
import { type ConnectOptions, connectOn } from './connect.ts';

export { browserEnvironment } from './browser-environment.ts';
export * from './public.ts';

/** As `connect` on Node, but over WebSocket only. The event loop sends the heartbeats, whatever `liveness` says. */
export function connect(options: ConnectOptions | string): Promise<Client> {
  return connectOn(browserEnvironment, options);
}
