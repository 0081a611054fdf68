import { type Acl, Permission } from '@conclave/protocol';

/** Whoever creates the node may do everything, and nobody else anything. Needs an identity: see `Client.addAuth`. */
export const CREATOR_ACL: readonly Acl[] = [{ permissions: Permission.all, scheme: 'auth', id: '' }];

/** Everybody may read. */
export const READ_ACL: readonly Acl[] = [{ permissions: Permission.read, scheme: 'world', id: 'anyone' }];

/**
 * The id by which an ACL names who shows the `digest` credential `user:password`; the password cannot be read from it.
 *
 *     const id = await digestId('ann', 'secret');
 *     await client.create('/a', null, { acl: [{ permissions: Permission.all, scheme: 'digest', id }] });
 */
export async function digestId(user: string, password: string): Promise<string> {
  const credential = new TextEncoder().encode(`${user}:${password}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-1', credential));
  return `${user}:${btoa(String.fromCharCode(...hash))}`;
}
