import { type Client, ConclaveError } from '@conclave/client';

/** Throws UNSUPPORTED unless the ensemble itself decides who owns what. */
export function mustBeNative(client: Client, recipe: string): void {
  if (client.session.native) return;
  throw new ConclaveError(
    'UNSUPPORTED',
    `${recipe} needs a Conclave server, and this session is with a ZooKeeper server or its protocol`,
  );
}
