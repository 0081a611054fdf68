import { type Acl, Permission } from '@conclave/protocol';

/**
 * The ACL that gives all permissions to the identities of the session that creates the node, and none to others. The
 * session needs an identity: see `ConnectOptions.auth` and `Client.addAuth`.
 */
export const CREATOR_ACL: readonly Acl[] = [{ permissions: Permission.all, scheme: 'auth', id: '' }];

/** The ACL that lets everyone read and no one do anything else. */
export const READ_ACL: readonly Acl[] = [{ permissions: Permission.read, scheme: 'world', id: 'anyone' }];

/**
 * Returns the id that stands in an ACL for the `digest` credential `user:password`. The id holds a hash of the
 * password, not the password.
 *
 *     const id = await digestId('ann', 'secret');
 *     await client.create('/a', null, { acl: [{ permissions: Permission.all, scheme: 'digest', id }] });
 */
export async function digestId(user: string, password: string): Promise<string> {
  const credential = new TextEncoder().encode(`${user}:${password}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', credential));
  return `${user}:${btoa(String.fromCharCode(...hash))}`;
}
