import { type Acl, isOpenAcl, OPEN_ACL, Permission } from '@conclave/protocol';
import { hashText } from '../digest.ts';
import type { Credentials } from './credentials.ts';
import { IpNetwork } from './ip-network.ts';

/** An ACL. Any number of znodes share one. */
export class SharedAcl {
  readonly list: readonly Acl[];
  /** The permissions of every client: a sum of `Permission`s. */
  readonly worldPermissions: number;
  readonly hash: number;
  /** About how much memory its entries take. Entries for the world take none. */
  readonly bytes: number;
  /** The permissions of authenticated identities, by scheme and id. A map, because both lists may be long. */
  readonly #byIdentity = new Map<string, Map<string, number>>();
  readonly #networks: readonly NetworkGrant[];
  /** How many znodes have it. */
  uses = 0;

  constructor(list: readonly Acl[]) {
    this.list = list;
    let worldPermissions = 0;
    let bytes = 0;
    const networks: NetworkGrant[] = [];
    for (const acl of list) {
      if (isWorld(acl)) {
        worldPermissions |= acl.permissions;
        continue;
      }
      bytes += ENTRY_BYTES + acl.id.length;
      if (acl.scheme === 'ip') networks.push(toNetworkGrant(acl));
      else this.#grant(acl);
    }
    this.worldPermissions = worldPermissions;
    this.bytes = bytes;
    this.#networks = networks;
    this.hash = hashText(aclKey(list));
  }

  /** Whether one of the permissions (a `Permission` or a sum of several) is granted. */
  permits(permissions: number, credentials: Credentials): boolean {
    return (this.worldPermissions & permissions) !== 0 || this.#permitsIdentity(permissions, credentials);
  }

  #permitsIdentity(permissions: number, { address, identities }: Credentials): boolean {
    for (const { scheme, id } of identities) {
      if (scheme === SUPER) return true;
      if (((this.#byIdentity.get(scheme)?.get(id) ?? 0) & permissions) !== 0) return true;
    }
    if (address === undefined) return false;
    for (const { network, permissions: granted } of this.#networks) {
      if ((granted & permissions) !== 0 && network?.includes(address) === true) return true;
    }
    return false;
  }

  #grant({ permissions, scheme, id }: Acl): void {
    let byId = this.#byIdentity.get(scheme);
    if (byId === undefined) {
      byId = new Map();
      this.#byIdentity.set(scheme, byId);
    }
    byId.set(id, (byId.get(id) ?? 0) | permissions);
  }
}

/** Holds each different ACL once, for as long as a znode has it. */
export class AclTable {
  readonly #open = new SharedAcl(OPEN_ACL);
  readonly #others = new Map<string, SharedAcl>();

  /** Returns an ACL with the same permissions as `acquire` does, without counting a use of it. */
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

/** The ACL of ZooKeeper's own node for the membership: every client may read it, only the super user may write it. */
export const READ_ONLY_ACL: readonly Acl[] = [
  { permissions: Permission.read, scheme: 'world', id: 'anyone' },
];

const SUPER = 'super';
/** About what an entry takes beside its id. */
const ENTRY_BYTES = 64;

interface NetworkGrant {
  readonly permissions: number;
  /** `undefined` for an id that is not a network. Such an entry admits no client. */
  readonly network: IpNetwork | undefined;
}

function toNetworkGrant({ permissions, id }: Acl): NetworkGrant {
  return { permissions, network: IpNetwork.parse(id) };
}

export function isWorld(acl: Acl): boolean {
  return acl.scheme === 'world' && acl.id === 'anyone';
}

export function aclKey(list: readonly Acl[]): string {
  return JSON.stringify(list.map((acl) => [acl.permissions, acl.scheme, acl.id]));
}
