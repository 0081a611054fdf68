import { type Acl, formatZxid, OPEN_ACL, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** A znode at one moment. */
export interface ModelNode {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly version: number;
  /** The time of the transaction that created it or last set its data. */
  readonly mtime: number;
  readonly data: string;
  /** The session of an ephemeral; 0 for none, -1 for a container, -1 - ttl for a node with a time to live. */
  readonly owner: number;
  /** Whether `lineJoin` created it. */
  readonly contends: boolean;
}

/** The fields that a node is created with. */
export interface NewNode extends Pick<ModelNode, 'owner' | 'contends'> {
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
}

/** The further fields of an existing node. Their past is not kept, except for the ACLs. */
export interface NodeDetails {
  readonly ctime: number;
  readonly dataLength: number;
  /** The number of creations and deletions of children together. */
  readonly cversion: number;
  /** The last creation or deletion of a child, or else the creation of the node itself. */
  readonly pzxid: Zxid;
  /** All ACLs that it has had, by their `aversion`. The last one applies. */
  readonly acls: readonly (readonly Acl[])[];
}

/** A node from `zxid` on, until the next moment of its history. The node is undefined if it did not exist. */
export interface Moment {
  readonly zxid: Zxid;
  readonly node: ModelNode | undefined;
}

/** The past of all nodes, for the checkers of reads and watches. */
export interface Past {
  /** Returns the past of a node, oldest moment first. */
  pastOf(path: string): readonly Moment[];
  /** Returns the transactions that created or deleted children of `path`, oldest first. */
  childChangesOf(path: string): readonly Zxid[];
}

/** The ACLs of all nodes that have ever existed. */
export interface Lists {
  /**
   * Returns the ACL with this `aversion` of the node at `path` that `czxid` created, or undefined if there was none.
   */
  listOf(path: string, czxid: Zxid, aversion: number): readonly Acl[] | undefined;
}

/** The change of one node in one transaction. */
export interface NodeChange {
  readonly zxid: Zxid;
  readonly type: 'created' | 'deleted' | 'dataChanged';
  readonly path: string;
}

/**
 * Nodes that are created, set and removed, kept in the simplest way, with the whole past of each. Throws `Violation`
 * for a change that is not possible in the present state.
 */
export class ZnodeHistory implements Past, Lists {
  readonly #nodes = new Map<string, ModelNode>();
  readonly #details = new Map<string, NodeDetails>();
  /** The ACLs of deleted nodes, by path and `czxid`. */
  readonly #deletedAcls = new Map<string, NodeDetails['acls']>();
  readonly #children = new Map<string, Set<string>>();
  readonly #past = new Map<string, Moment[]>();
  /** For each path: the transactions that created or deleted children. */
  readonly #childChanges = new Map<string, Zxid[]>();
  readonly #childChangeMs = new Map<string, number>();
  /** For each path: the number of its latest sequential child. */
  readonly #lastNumbers = new Map<string, number>();
  readonly #changes: NodeChange[] = [];
  /** The time of the present transaction. */
  protected timeMs = 0;
  #lastWritten: string | undefined;

  /**
   * The path that was last created or set, except for the nodes in which the servers count. It may be deleted by now.
   */
  get lastWritten(): string | undefined {
    return this.#lastWritten;
  }

  /** All existing nodes, by path. */
  get nodes(): ReadonlyMap<string, ModelNode> {
    return this.#nodes;
  }

  /** Returns the further fields of an existing node that a transaction has created. */
  detailsOf(path: string): NodeDetails | undefined {
    return this.#details.get(path);
  }

  listOf(path: string, czxid: Zxid, aversion: number): readonly Acl[] | undefined {
    const isThere = this.#nodes.get(path)?.czxid === czxid;
    const acls = isThere ? this.#details.get(path)?.acls : this.#deletedAcls.get(`${path} ${czxid}`);
    return acls?.[aversion];
  }

  /** All changes of all nodes, in order. */
  get changes(): readonly NodeChange[] {
    return this.#changes;
  }

  pastOf(path: string): readonly Moment[] {
    return this.#past.get(path) ?? [];
  }

  childChangesOf(path: string): readonly Zxid[] {
    return this.#childChanges.get(path) ?? [];
  }

  /** Returns the time of the transaction that last created or deleted a child of the node at `path`. */
  lastChildChangeMs(path: string): number | undefined {
    return this.#childChangeMs.get(path);
  }

  /** Returns the full paths of the children, oldest first. */
  childrenOf(path: string): string[] {
    return [...(this.#children.get(path) ?? [])];
  }

  protected makeNode(path: string, { data, owner, contends, acl }: NewNode, zxid: Zxid): void {
    if (this.#nodes.has(path)) throw new Violation('no node is created twice', `${path} at ${zxid}`);
    const siblings = this.#children.get(parentOf(path));
    if (siblings === undefined) this.#children.set(parentOf(path), new Set([path]));
    else siblings.add(path);
    const mtime = this.timeMs;
    this.#put(path, { czxid: zxid, mzxid: zxid, version: 0, mtime, data: text(data), owner, contends }, zxid);
    const dataLength = data?.length ?? 0;
    this.#details.set(path, { ctime: mtime, dataLength, cversion: 0, pzxid: zxid, acls: [acl] });
    this.#changes.push({ zxid, type: 'created', path });
    this.#childrenChanged(path, zxid);
  }

  /** Checks that a sequential node's number is greater than all numbers before it below the same parent. */
  protected mustHaveNewNumber(path: string, zxid: Zxid): void {
    const parent = parentOf(path);
    const number = Number(path.slice(-10));
    const last = this.#lastNumbers.get(parent) ?? -1;
    if (number <= last) {
      throw new Violation('sequential numbers grow', `${path} at ${formatZxid(zxid)}, after ${last}`);
    }
    this.#lastNumbers.set(parent, number);
  }

  protected setNode(path: string, data: Uint8Array | null, zxid: Zxid): void {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new Violation('only existing nodes are changed', `${path} at ${zxid}`);
    const now = { mzxid: zxid, mtime: this.timeMs, version: node.version + 1, data: text(data) };
    this.#put(path, { ...node, ...now }, zxid);
    this.#detail(path, { dataLength: data?.length ?? 0 });
    this.#changes.push({ zxid, type: 'dataChanged', path });
  }

  /** Changes the ACL. No watch reports this, and it is no moment of the node's past. */
  protected setAcl(path: string, acl: readonly Acl[], zxid: Zxid): void {
    const details = this.#details.get(path);
    if (details === undefined) throw new Violation('only existing nodes are changed', `${path} at ${zxid}`);
    this.#detail(path, { acls: [...details.acls, acl] });
  }

  /** Removes a node. Returns it as it was. */
  protected removeNode(path: string, zxid: Zxid): ModelNode {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new Violation('only existing nodes are deleted', `${path} at ${zxid}`);
    if (this.childrenOf(path).length > 0)
      throw new Violation('no node is deleted before its children', `${path} at ${zxid}`);
    const acls = this.#details.get(path)?.acls;
    if (acls !== undefined) this.#deletedAcls.set(`${path} ${node.czxid}`, acls);
    this.#nodes.delete(path);
    this.#details.delete(path);
    this.#lastNumbers.delete(path);
    this.#childChangeMs.delete(path);
    this.#children.get(parentOf(path))?.delete(path);
    this.#past.get(path)?.push({ zxid, node: undefined });
    this.#changes.push({ zxid, type: 'deleted', path });
    this.#childrenChanged(path, zxid);
    return node;
  }

  protected makeParents(path: string, zxid: Zxid): void {
    const steps = path.split('/').slice(1);
    for (let depth = 1; depth <= steps.length; depth++) {
      const parent = `/${steps.slice(0, depth).join('/')}`;
      const made = { data: null, owner: 0, contends: false, acl: OPEN_ACL };
      if (!this.#nodes.has(parent)) this.makeNode(parent, made, zxid);
    }
  }

  #detail(path: string, now: Partial<NodeDetails>): void {
    const details = this.#details.get(path);
    if (details !== undefined) this.#details.set(path, { ...details, ...now });
  }

  #put(path: string, node: ModelNode, zxid: Zxid): void {
    if (!path.startsWith('/zookeeper/')) this.#lastWritten = path;
    this.#nodes.set(path, node);
    const past = this.#past.get(path);
    if (past === undefined) this.#past.set(path, [{ zxid, node }]);
    else past.push({ zxid, node });
  }

  #childrenChanged(path: string, zxid: Zxid): void {
    const parent = parentOf(path);
    this.#childChangeMs.set(parent, this.timeMs);
    this.#detail(parent, { cversion: (this.#details.get(parent)?.cversion ?? 0) + 1, pzxid: zxid });
    const changes = this.#childChanges.get(parent);
    if (changes === undefined) this.#childChanges.set(parent, [zxid]);
    else if (changes.at(-1) !== zxid) changes.push(zxid);
  }
}

const utf8 = new TextDecoder();

function text(data: Uint8Array | null): string {
  return data === null ? '' : utf8.decode(data);
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
