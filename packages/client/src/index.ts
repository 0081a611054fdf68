import type { Client } from './client.ts';
import { type ConnectOptions, connectOn } from './connect.ts';
import { nodeEnvironment } from './node-environment.ts';

export { nodeEnvironment } from './node-environment.ts';
export * from './public.ts';

/**
 * Opens a session with an ensemble and resolves once a server has confirmed it.
 *
 * Rejects with CONNECTION_LOST when no server did so within `connectTimeoutMs`, with AUTH_FAILED when a credential is
 * refused, with INVALID_ARGUMENT or INVALID_PATH for options that cannot be, with the signal's reason when it fires.
 *
 *     await using client = await connect('conclave://127.0.0.1:7400');
 *     await client.create('/jobs/42', 'queued', { parents: true });
 */
export function connect(options: ConnectOptions | string): Promise<Client> {
  return connectOn(nodeEnvironment, options);
}
