import { formatZxid, type Identity, Permission, type Stat } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import { checkAllowed } from './acl.ts';
import type { Lists } from './znode-history.ts';

/** The fields of a stat that identify one of a node's ACLs. */
export type ListVersion = Pick<Stat, 'czxid' | 'aversion'>;

/** Checks the ACLs with which one session has seen nodes, in the order of its answers. */
export class ShownLists {
  readonly #lists: Lists;
  readonly #identities: readonly Identity[];
  readonly #newest = new Map<string, ListVersion>();

  /** `identities` are those of the session. */
  constructor(lists: Lists, identities: readonly Identity[]) {
    this.#lists = lists;
    this.#identities = identities;
  }

  /** Takes an answer with a node's data. The ACL that the stat identifies must permit reading. Throws `Violation`. */
  handleRead(path: string, stat: ListVersion): void {
    this.handleStat(path, stat);
    const acl = this.#lists.listOf(path, stat.czxid, stat.aversion);
    if (acl === undefined)
      throw new Violation('no node shows an ACL that it never had', describe(path, stat));
    checkAllowed({ path, acl, permission: Permission.read }, this.#identities);
  }

  /**
   * Takes an answer with a stat. It may not show an older node than before, or an older ACL of the same. Throws
   * `Violation`.
   */
  handleStat(path: string, stat: ListVersion): void {
    const newest = this.#newest.get(path);
    this.#newest.set(path, stat);
    if (newest === undefined || stat.czxid > newest.czxid) return;
    if (stat.czxid === newest.czxid && stat.aversion >= newest.aversion) return;
    const detail = `${describe(path, stat)}, after ${describe(path, newest)}`;
    throw new Violation('no session sees an older ACL after a newer one', detail);
  }
}

function describe(path: string, { czxid, aversion }: ListVersion): string {
  return `ACL ${aversion} of ${path}, created at ${formatZxid(czxid)}`;
}
