import { formatZxid, type Identity, Permission, type Stat } from '@conclave/protocol';
import { Violation } from '../violation.ts';
import { checkAllowed } from './acl.ts';
import type { Lists } from './znode-history.ts';

/** Of a stat, what tells which of a node's lists counted. */
export type ListVersion = Pick<Stat, 'czxid' | 'aversion'>;

/** Which ACLs one session has seen nodes with, one answer after the other. */
export class ShownLists {
  readonly #lists: Lists;
  readonly #identities: readonly Identity[];
  readonly #newest = new Map<string, ListVersion>();

  /** `identities`: what the session has shown. */
  constructor(lists: Lists, identities: readonly Identity[]) {
    this.#lists = lists;
    this.#identities = identities;
  }

  /** It was told what is in the node, and so had the right to read it by the list that the stat tells of. Throws `Violation`. */
  handleRead(path: string, stat: ListVersion): void {
    this.handleStat(path, stat);
    const acl = this.#lists.listOf(path, stat.czxid, stat.aversion);
    if (acl === undefined)
      throw new Violation('no node shows an ACL that it never had', describe(path, stat));
    checkAllowed({ path, acl, permission: Permission.read }, this.#identities);
  }

  /** It was told the stat: no older node than before, and no older list of the same. Throws `Violation`. */
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
  return `list ${aversion} of ${path}, made at ${formatZxid(czxid)}`;
}
