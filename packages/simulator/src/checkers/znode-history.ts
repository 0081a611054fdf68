import { type Acl, formatZxid, OPEN_ACL, type Zxid } from '@conclave/protocol';
import { Violation } from '../violation.ts';

/** A znode at some moment. */
export interface ModelNode {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly version: number;
  /** When it was made or last set, by the time of that transaction. */
  readonly mtime: number;
  readonly data: string;
  /** As ZooKeeper counts it: a session; 0 for none; -1 for a container; -1 - ttl for a node with a time to live. */
  readonly owner: number;
  /** Made by `lineJoin`. */
  readonly contends: boolean;
}

/** What a node is made with. */
export interface NewNode extends Pick<ModelNode, 'owner' | 'contends'> {
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
}

/** What else a node is now, of which no past is kept. */
export interface NodeDetails {
  readonly ctime: number;
  readonly dataLength: number;
  /** How many of its children have come and how many have gone, together. */
  readonly cversion: number;
  /** When one last did; at first when the node was made. */
  readonly pzxid: Zxid;
  /** All the lists that it has had, by their `aversion`: the last is the one that counts. */
  readonly acls: readonly (readonly Acl[])[];
}

/** What a node was from `zxid` on, until the next moment of its history; `undefined`: it was not there. */
export interface Moment {
  readonly zxid: Zxid;
  readonly node: ModelNode | undefined;
}

/** What all nodes have been: what a checker of reads and watches has to know. */
export interface Past {
  /** All that a node has been, oldest first. */
  pastOf(path: string): readonly Moment[];
  /** When children of `path` came and went, oldest first. */
  childChangesOf(path: string): readonly Zxid[];
}

/** The ACLs of all nodes that ever were. */
export interface Lists {
  /** The one that counted as the `aversion`th for the node at `path` that `czxid` made. `undefined`: there was none such. */
  listOf(path: string, czxid: Zxid, aversion: number): readonly Acl[] | undefined;
}

/** What happened to one node in one transaction. */
export interface NodeChange {
  readonly zxid: Zxid;
  readonly type: 'created' | 'deleted' | 'dataChanged';
  readonly path: string;
}

/**
 * Nodes that are made, set and removed, kept the simplest way, with the whole past of each. What is done to them must be
 * possible where they stand; else `Violation` is thrown.
 */
export class ZnodeHistory implements Past, Lists {
  readonly #nodes = new Map<string, ModelNode>();
  readonly #details = new Map<string, NodeDetails>();
  /** Those of nodes that are gone, by path and `czxid`. */
  readonly #goneLists = new Map<string, NodeDetails['acls']>();
  readonly #children = new Map<string, Set<string>>();
  readonly #past = new Map<string, Moment[]>();
  /** When the children of a path last changed, each time. */
  readonly #childChanges = new Map<string, Zxid[]>();
  readonly #childChangeMs = new Map<string, number>();
  /** Of the latest sequential node below each path. */
  readonly #lastNumbers = new Map<string, number>();
  readonly #changes: NodeChange[] = [];
  /** Of the transaction under way. */
  protected timeMs = 0;
  #lastWritten: string | undefined;

  /** The node that was last made or set, but for those in which the servers count; it may be gone. */
  get lastWritten(): string | undefined {
    return this.#lastWritten;
  }

  /** Every node that is there, by its path. */
  get nodes(): ReadonlyMap<string, ModelNode> {
    return this.#nodes;
  }

  /** Of a node that is there and that a transaction has made. */
  detailsOf(path: string): NodeDetails | undefined {
    return this.#details.get(path);
  }

  listOf(path: string, czxid: Zxid, aversion: number): readonly Acl[] | undefined {
    const isThere = this.#nodes.get(path)?.czxid === czxid;
    const acls = isThere ? this.#details.get(path)?.acls : this.#goneLists.get(`${path} ${czxid}`);
    return acls?.[aversion];
  }

  /** All that ever happened to nodes, in order. */
  get changes(): readonly NodeChange[] {
    return this.#changes;
  }

  pastOf(path: string): readonly Moment[] {
    return this.#past.get(path) ?? [];
  }

  childChangesOf(path: string): readonly Zxid[] {
    return this.#childChanges.get(path) ?? [];
  }

  /** When children of the node that is at `path` last came or went, by the time of that transaction. */
  lastChildChangeMs(path: string): number | undefined {
    return this.#childChangeMs.get(path);
  }

  /** Full paths, oldest first. */
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

  /** A sequential node's number is greater than any before it below the same parent. */
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

  /** Nothing but who may do what changes: of this no watch tells, and no past is kept. */
  protected setAcl(path: string, acl: readonly Acl[], zxid: Zxid): void {
    const details = this.#details.get(path);
    if (details === undefined) throw new Violation('only existing nodes are changed', `${path} at ${zxid}`);
    this.#detail(path, { acls: [...details.acls, acl] });
  }

  /** Returns what it was. */
  protected removeNode(path: string, zxid: Zxid): ModelNode {
    const node = this.#nodes.get(path);
    if (node === undefined) throw new Violation('only existing nodes are deleted', `${path} at ${zxid}`);
    if (this.childrenOf(path).length > 0)
      throw new Violation('no node is deleted before its children', `${path} at ${zxid}`);
    const acls = this.#details.get(path)?.acls;
    if (acls !== undefined) this.#goneLists.set(`${path} ${node.czxid}`, acls);
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
