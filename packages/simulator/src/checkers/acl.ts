import { type Acl, type Identity, OPEN_ACL, Permission } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** The permission to do something at a path. */
export interface Right {
  readonly path: string;
  /**
   * The ACL of the node at `path`; undefined for a node that no transaction has created, which every client may use.
   */
  readonly acl: readonly Acl[] | undefined;
  readonly permission: number;
}

/**
 * Returns the ACL that a node gets when a client asks for `asked`. Each entry is there once. An entry of the scheme
 * `auth` is replaced by one entry for each digest of the client.
 */
export function resolvedAcl(asked: readonly Acl[], identities: readonly Identity[]): readonly Acl[] {
  const once = asked.filter((entry, i) => asked.findIndex((other) => isSame(entry, other)) === i);
  return once.flatMap((entry) => {
    if (entry.scheme !== 'auth') return [entry];
    const shown = identities.filter(({ scheme }) => scheme === 'digest');
    return shown.map(({ scheme, id }) => ({ permissions: entry.permissions, scheme, id }));
  });
}

/** Returns whether a client with these identities has the permission. Entries for networks are ignored. */
export function permits(
  { acl = OPEN_ACL, permission }: Pick<Right, 'acl' | 'permission'>,
  identities: readonly Identity[],
): boolean {
  if (identities.some(({ scheme }) => scheme === 'super')) return true;
  return acl.some(
    ({ permissions, scheme, id }) =>
      (permissions & permission) !== 0 &&
      (scheme === 'world' || identities.some((shown) => shown.scheme === scheme && shown.id === id)),
  );
}

/** Checks that an action that was done was permitted. Throws `Violation`. */
export function checkAllowed(right: Right, identities: readonly Identity[]): void {
  if (permits(right, identities)) return;
  throw new Violation('no client exceeds its permissions', describe(right, identities));
}

/** Checks that an action that was refused with NO_AUTH was not permitted. Throws `Violation`. */
export function checkForbidden(right: Right, identities: readonly Identity[]): void {
  if (!permits(right, identities)) return;
  throw new Violation('no client is refused what it is permitted', describe(right, identities));
}

function describe({ path, acl, permission }: Right, identities: readonly Identity[]): string {
  const [name] = Object.entries(Permission).find(([, value]) => value === permission) ?? [permission];
  return `to ${name} at ${path}, with ${JSON.stringify(acl)}, as ${JSON.stringify(identities)}`;
}

function isSame(a: Acl, b: Acl): boolean {
  return a.permissions === b.permissions && a.scheme === b.scheme && a.id === b.id;
}
