import { type Client, ConclaveError } from '@conclave/client';

/**
 * Throws UNSUPPORTED if the session is not native, because then the ensemble cannot decide which contender holds
 * what.
 */
export function mustBeNative(client: Client, recipe: string): void {
  if (client.session.native) return;
  throw new ConclaveError(
    'UNSUPPORTED',
    `${recipe} needs a session with a Conclave server over its own protocol, and this session speaks ZooKeeper's`,
  );
}
