import type { Client } from './client.ts';
import { type ConnectOptions, connectOn } from './connect.ts';
import { nodeEnvironment } from './node-environment.ts';

export { nodeEnvironment } from './node-environment.ts';
export * from './public.ts';

/**
 * Opens a session with an ensemble. Resolves when a server has confirmed the session. `options` may be a connection
 * string alone.
 *
 * Rejects with CONNECTION_LOST if no server confirms it within `connectTimeoutMs`, with AUTH_FAILED if a credential
 * is refused, with INVALID_ARGUMENT or INVALID_PATH if an option is wrong, with UNSUPPORTED if the environment can
 * reach none of the servers, and with the reason of `signal` when that fires.
 *
 *     await using client = await connect('conclave://127.0.0.1:7400');
 *     await client.create('/jobs/42', 'queued', { parents: true });
 */
export function connect(options: ConnectOptions | string): Promise<Client> {
  return connectOn(nodeEnvironment, options);
}
