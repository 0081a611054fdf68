import { type Acl, OPEN_ACL } from '@conclave/protocol';
import { aclKey, isWorld } from './acl-table.ts';
import type { Credentials } from './credentials.ts';
import { IpNetwork } from './ip-network.ts';

/** How many entries an ACL may have: each may have to be compared with each identity of a client. */
export const ACL_ENTRIES_MAX = 1000;

/**
 * The list that a node gets when a client asks for `list`: without repetitions, and with what the client has
 * authenticated as in place of each `auth` entry. `undefined` when ZooKeeper answers INVALID_ACL: an empty list, a
 * scheme it does not know, an id that is none of its scheme, `auth` from a client that has not authenticated.
 */
export function resolveAcl(list: readonly Acl[], who: Credentials): readonly Acl[] | undefined {
  if (list === OPEN_ACL) return list;
  if (list.length > ACL_ENTRIES_MAX) return undefined;
  const resolved: Acl[] = [];
  for (const acl of withoutRepetitions(list)) {
    if (acl.scheme === 'auth') {
      // The super user is none that an ACL can name; whoever is one has the digest it is one by, too.
      const named = who.identities.filter(({ scheme }) => scheme === 'digest');
      if (named.length === 0) return undefined;
      for (const { scheme, id } of named) resolved.push({ permissions: acl.permissions, scheme, id });
    } else if (isWorld(acl) || isValidId(acl)) {
      resolved.push(acl);
    } else {
      return undefined;
    }
  }
  return resolved.length === 0 ? undefined : resolved;
}

function isValidId({ scheme, id }: Acl): boolean {
  switch (scheme) {
    case 'digest':
      return isDigestId(id);
    case 'ip':
      return IpNetwork.parse(id) !== undefined;
    default:
      return false;
  }
}

/** Two parts with a colon between them; as Java splits them, colons at the end count for nothing. */
function isDigestId(id: string): boolean {
  const parts = id.split(':');
  while (parts.at(-1) === '') parts.pop();
  return parts.length === 2;
}

function withoutRepetitions(list: readonly Acl[]): readonly Acl[] {
  if (list.length < 2) return list;
  return [...new Map(list.map((acl) => [aclKey([acl]), acl])).values()];
}
