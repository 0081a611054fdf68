import { type Acl, isOpenAcl, OPEN_ACL, Permission } from '@conclave/protocol';
import { hashText } from './digest.ts';

/** A list of rights that any number of znodes share. */
export class SharedAcl {
  readonly list: readonly Acl[];
  /** What anybody may do: a sum of `Permission`s. */
  readonly worldPermissions: number;
  readonly hash: number;
  /** How many znodes have it. */
  uses = 0;

  constructor(list: readonly Acl[]) {
    this.list = list;
    let permissions = 0;
    for (const acl of list) if (isWorld(acl)) permissions |= acl.permissions;
    this.worldPermissions = permissions;
    this.hash = hashText(aclKey(list));
  }

  /** No session has an identity, so that only what is granted to the world counts. */
  permits(permission: number): boolean {
    return (this.worldPermissions & permission) !== 0;
  }
}

/** Holds each different ACL once, for as long as a znode has it. */
export class AclTable {
  readonly #open = new SharedAcl(OPEN_ACL);
  readonly #others = new Map<string, SharedAcl>();

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
}

/** ZooKeeper's own node for the membership: everybody reads it, nobody writes it. */
export const READ_ONLY_ACL: readonly Acl[] = [
  { permissions: Permission.read, scheme: 'world', id: 'anyone' },
];

/** Whether a new node may have this list: not empty, and only identities this service can tell. */
export function isValidAcl(list: readonly Acl[]): boolean {
  return list.length > 0 && list.every(isWorld);
}

/** The list as ZooKeeper keeps it, without repetitions. */
export function withoutRepetitions(list: readonly Acl[]): readonly Acl[] {
  if (list.length === 1) return list;
  const seen = new Set<string>();
  return list.filter((acl) => {
    const key = aclKey([acl]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function isWorld(acl: Acl): boolean {
  return acl.scheme === 'world' && acl.id === 'anyone';
}

function aclKey(list: readonly Acl[]): string {
  return JSON.stringify(list.map((acl) => [acl.permissions, acl.scheme, acl.id]));
}
