import { type Acl, isOpenAcl, OPEN_ACL, Permission } from '@conclave/protocol';
import type { Credentials } from './credentials.ts';
import { hashText } from './digest.ts';
import { IpNetwork } from './ip-network.ts';

/** A list of rights that any number of znodes share. */
export class SharedAcl {
  readonly list: readonly Acl[];
  /** What anybody may do: a sum of `Permission`s. */
  readonly worldPermissions: number;
  readonly hash: number;
  /** What is granted to others than the world. */
  readonly #grants: readonly Grant[];
  /** How many znodes have it. */
  uses = 0;

  constructor(list: readonly Acl[]) {
    this.list = list;
    let permissions = 0;
    for (const acl of list) if (isWorld(acl)) permissions |= acl.permissions;
    this.worldPermissions = permissions;
    this.#grants = list.filter((acl) => !isWorld(acl)).map(toGrant);
    this.hash = hashText(aclKey(list));
  }

  /** Whether one of the permissions (a `Permission` or a sum of several) is granted. */
  permits(permissions: number, who: Credentials): boolean {
    return (this.worldPermissions & permissions) !== 0 || this.#permitsIdentity(permissions, who);
  }

  #permitsIdentity(permissions: number, { address, identities }: Credentials): boolean {
    for (const { scheme } of identities) if (scheme === SUPER) return true;
    for (const grant of this.#grants) {
      if ((grant.permissions & permissions) === 0) continue;
      if (grant.network !== undefined) {
        if (address !== undefined && grant.network.includes(address)) return true;
      } else if (identities.some(({ scheme, id }) => scheme === grant.scheme && id === grant.id)) {
        return true;
      }
    }
    return false;
  }
}

/** Holds each different ACL once, for as long as a znode has it. */
export class AclTable {
  readonly #open = new SharedAcl(OPEN_ACL);
  readonly #others = new Map<string, SharedAcl>();

  /** Of the same rights as one that is acquired, but counted as in use by nobody. */
  find(list: readonly Acl[]): SharedAcl {
    if (isOpenAcl(list)) return this.#open;
    return this.#others.get(aclKey(list)) ?? new SharedAcl(list);
  }

  acquire(list: readonly Acl[]): SharedAcl {
    if (isOpenAcl(list)) return this.#open;
    const key = aclKey(list);
    let shared = this.#others.get(key);
    if (shared === undefined) {
      shared = new SharedAcl(list);
      this.#others.set(key, shared);
    }
    shared.uses++;
    return shared;
  }

  release(shared: SharedAcl): void {
    if (shared === this.#open) return;
    shared.uses--;
    if (shared.uses === 0) this.#others.delete(aclKey(shared.list));
  }

  get open(): SharedAcl {
    return this.#open;
  }

  /** How many different ACLs there are, the open one included. */
  get size(): number {
    return this.#others.size + 1;
  }
}

/** ZooKeeper's own node for the membership: everybody reads it, nobody writes it. */
export const READ_ONLY_ACL: readonly Acl[] = [
  { permissions: Permission.read, scheme: 'world', id: 'anyone' },
];

const SUPER = 'super';

interface Grant extends Acl {
  /** Of an `ip` entry. */
  readonly network: IpNetwork | undefined;
}

function toGrant(acl: Acl): Grant {
  return { ...acl, network: acl.scheme === 'ip' ? IpNetwork.parse(acl.id) : undefined };
}

export function isWorld(acl: Acl): boolean {
  return acl.scheme === 'world' && acl.id === 'anyone';
}

export function aclKey(list: readonly Acl[]): string {
  return JSON.stringify(list.map((acl) => [acl.permissions, acl.scheme, acl.id]));
}
