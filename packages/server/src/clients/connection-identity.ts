import { createHash } from 'node:crypto';
import type { AuthRequest, Identity } from '@conclave/protocol';
import { type Credentials, type EncodedCredentials, encodeCredentials, NO_CREDENTIALS } from '@conclave/tree';
import { addressBytes } from '../environment/remote-address.ts';

/** Limit of all identities of one connection together, because every write of its session carries them. */
const IDENTITY_BYTES_MAX = 16 * 1024;
/** Approximate bytes of an identity beside its id. */
const IDENTITY_BYTES_OVER_ID = 16;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The identities of one connection's client: its address, and those that it has proved since. As in ZooKeeper they
 * belong to the connection and not to the session: a client that comes back proves them again.
 */
export class ConnectionIdentity {
  #credentials: Credentials;
  #encoded: EncodedCredentials | undefined;

  constructor(remoteAddress: string) {
    const address = addressBytes(remoteAddress);
    this.#credentials = address === undefined ? NO_CREDENTIALS : { address, identities: [] };
    this.#encoded = address === undefined ? undefined : encodeCredentials(this.#credentials);
  }

  /** The object is replaced, never changed, so a request keeps the credentials that it came with. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  /** The credentials as writes carry them; undefined if there are none. */
  get encoded(): EncodedCredentials | undefined {
    return this.#encoded;
  }

  /**
   * Handles an `auth` packet as ZooKeeper's two built-in schemes do. `digest` adds `user:base64(sha1(user:password))`,
   * and also `super` if that equals `superDigest`. `ip` adds nothing, since the address is there from the start. Returns
   * false if the packet proves nothing, or if the connection would have more identities than it may carry.
   */
  authenticate({ scheme, auth }: AuthRequest, superDigest: string | undefined): boolean {
    if (scheme === 'ip') return true;
    if (scheme !== 'digest' || auth === null) return false;
    const id = digestOf(decoder.decode(auth));
    const identities = [...this.#credentials.identities];
    if (id === superDigest) addTo(identities, { scheme: 'super', id: '' });
    addTo(identities, { scheme: 'digest', id });
    if (bytesOf(identities) > IDENTITY_BYTES_MAX) return false;
    this.#credentials = { ...this.#credentials, identities };
    this.#encoded = encodeCredentials(this.#credentials);
    return true;
  }
}

/** The id that stands for `user:password` in an ACL, and for the super user in the configuration. */
export function digestOf(userAndPassword: string): string {
  const user = userAndPassword.split(':', 1)[0] ?? '';
  return `${user}:${createHash('sha1').update(userAndPassword, 'utf8').digest('base64')}`;
}

function addTo(identities: Identity[], { scheme, id }: Identity): void {
  if (!identities.some((known) => known.scheme === scheme && known.id === id))
    identities.push({ scheme, id });
}

function bytesOf(identities: readonly Identity[]): number {
  return identities.reduce((sum, { id }) => sum + IDENTITY_BYTES_OVER_ID + encoder.encode(id).length, 0);
}
