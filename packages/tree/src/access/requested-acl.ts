import { type Acl, OPEN_ACL } from '@conclave/protocol';
import { aclKey, isWorld } from './acl-table.ts';
import type { Credentials } from './credentials.ts';
import { IpNetwork } from './ip-network.ts';

/** The most entries an ACL may have, because each may have to be compared with each identity of a client. */
export const ACL_ENTRIES_MAX = 1000;

/**
 * Returns the ACL that a node gets when a client asks for `list`: repetitions are dropped, and each `auth` entry is
 * replaced by the identities that the client has authenticated as. Returns `undefined` where ZooKeeper answers
 * INVALID_ACL: for an empty list, an unknown scheme, an id that its scheme does not allow, and for `auth` from a client
 * that has not authenticated.
 */
export function resolveAcl(list: readonly Acl[], credentials: Credentials): readonly Acl[] | undefined {
  if (list === OPEN_ACL) return list;
  if (list.length > ACL_ENTRIES_MAX) return undefined;
  const resolved: Acl[] = [];
  for (const acl of withoutRepetitions(list)) {
    if (acl.scheme === 'auth') {
      // An ACL cannot name the super user. A super user also has the digest it authenticated with.
      const named = credentials.identities.filter(({ scheme }) => scheme === 'digest');
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

/** Whether the id has two parts with a colon between them. Colons at the end are ignored, as Java's `split` does. */
function isDigestId(id: string): boolean {
  const parts = id.split(':');
  while (parts.at(-1) === '') parts.pop();
  return parts.length === 2;
}

function withoutRepetitions(list: readonly Acl[]): readonly Acl[] {
  if (list.length < 2) return list;
  return [...new Map(list.map((acl) => [aclKey([acl]), acl])).values()];
}
