import {
  type Acl,
  CONFIG_PATH,
  EventType,
  joinPath,
  type StatFields,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import { AclTable, READ_ONLY_ACL, type SharedAcl } from './access/acl-table.ts';
import { BarrierRounds, READY } from './barrier-rounds.ts';
import type { Change } from './change.ts';
import type { Checkpoint } from './checkpoint.ts';
import { contenderNumberAt } from './contender-name.ts';
import { DataArena, dataOf } from './data-arena.ts';
import { type Digest, hashBytes } from './digest.ts';
import { Expiry, type ExpiryOptions } from './expiry.ts';
import { compareContenders, Line } from './line.ts';
import { isExpiring, isOfSession, NO_OWNER, type NodeOwner } from './node-owner.ts';
import { type QuotaJudge, Quotas } from './quotas.ts';
import type { Requester } from './requester.ts';
import type { Session } from './session.ts';
import { stand, TouchedLines } from './touched-lines.ts';
import type { Grant } from './txn.ts';
import { nextVersion, Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

const LONG_SEQUENCE = 2 ** 30;

export interface NamespaceOptions extends ExpiryOptions {
  /**
   * The members that `/zookeeper/config` shows, in ZooKeeper's format. It belongs to this server and is not replicated,
   * because servers may know each other by different addresses.
   */
  readonly members: string;
}

/**
 * All znodes, and the only place where they change. Each change also updates everything that depends on it: the parent,
 * the session's ephemerals, lines, barriers, the digest, the checkpoint, and the list of changes for the watches.
 * The operations check first, and call this only when nothing can fail any more.
 */
export class Namespace {
  readonly #nodes = new Map<string, Znode>();
  readonly #acls = new AclTable();
  readonly #arena = new DataArena();
  readonly #digest: Digest;
  readonly #checkpoint: Checkpoint;
  readonly #quotas = new Quotas(this);
  readonly #members: Uint8Array;
  readonly expiry: Expiry;
  #zxid: Zxid = ZXID_ZERO;
  #time = 0;
  #dataBytes = 0;
  #changes: Change[] = [];
  #grants: Grant[] = [];
  readonly #lines = new TouchedLines();
  readonly #rounds = new BarrierRounds();
  #longSequence: string | undefined;
  #inconsistency: string | undefined;
  /** The number of nodes by the creations and removals so far. */
  #expectedSize = 0;

  constructor(digest: Digest, checkpoint: Checkpoint, options: NamespaceOptions) {
    this.#digest = digest;
    this.#checkpoint = checkpoint;
    this.#members = new TextEncoder().encode(options.members);
    this.expiry = new Expiry(options);
    this.#makePrimordialNodes();
  }

  find(path: string): Znode | undefined {
    return this.#nodes.get(path);
  }

  nodes(): Iterable<Znode> {
    return this.#nodes.values();
  }

  *subtree(root: Znode): Generator<Znode> {
    const rest = [root];
    for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
      yield node;
      for (const name of node.children ?? []) {
        const child = this.#nodes.get(joinPath(node.path, name));
        if (child !== undefined) rest.push(child);
      }
    }
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** The length of all paths and all data together. */
  get dataBytes(): number {
    return this.#dataBytes;
  }

  get openAcl(): SharedAcl {
    return this.#acls.open;
  }

  /**
   * Returns the data that readers see. For `/zookeeper/config` it is the members from this server's configuration, until a
   * client has written there.
   */
  shownData(node: Znode): Uint8Array | null {
    return this.#showsMembers(node) ? this.#members : dataOf(node);
  }

  statOf(node: Znode): StatFields {
    const stat = node.stat();
    // This is how ZooKeeper shows members that were never changed.
    return this.#showsMembers(node) ? { ...stat, version: -1, dataLength: this.#members.length } : stat;
  }

  /** For a node that does not exist yet, and may never exist. */
  sharedAcl(list: readonly Acl[]): SharedAcl {
    return this.#acls.find(list);
  }

  acquireAcl(list: readonly Acl[]): SharedAcl {
    return this.#acls.acquire(list);
  }

  /** Starts a transaction. All changes until the next `begin` have its zxid and time. */
  begin(zxid: Zxid, time: number): void {
    this.#zxid = zxid;
    this.#time = time;
    if (this.#changes.length > 0) this.#changes = [];
    if (this.#grants.length > 0) this.#grants = [];
    this.#quotas.begin();
    this.#longSequence = undefined;
    this.#inconsistency = undefined;
  }

  /** Ends the transaction: does what follows from all its changes together. */
  settle(): void {
    this.#rounds.settle(this);
    const badLine = this.#lines.settle(this.#zxid, this.#changes, this.#grants);
    if (badLine !== undefined) this.noteInconsistency(badLine, 'its line has contenders and no head');
    this.#quotas.settle();
    if (this.#nodes.size !== this.#expectedSize) {
      this.noteInconsistency('/', `there are ${this.#nodes.size} nodes, counted were ${this.#expectedSize}`);
      this.#expectedSize = this.#nodes.size;
    }
  }

  /**
   * Whether a node and everything that counts it agree, so that it can be removed: its parent lists it, its line has it
   * in its place, and its session, where it has one, owns it. Asked before anything is changed, because an operation that
   * is refused for it fails alike on every server. It depends on the replicated state only.
   */
  canRemove(node: Znode, owner: Session | undefined): boolean {
    const { parent, contender } = node;
    const isSound =
      parent?.children?.has(node.name) === true &&
      (contender === undefined || parent.line?.holds(contender) === true) &&
      (isOfSession(node.owner) ? owns(owner, node) : owner === undefined) &&
      this.#dataBytes >= node.path.length + node.dataLength;
    if (!isSound)
      this.noteInconsistency(node.path, 'its parent, its line or its session does not agree with it');
    return isSound;
  }

  /** The state contradicts itself. All servers go on alike; the one that took the request reports it in its log. */
  noteInconsistency(path: string, problem: string): void {
    this.#inconsistency ??= `${path}: ${problem}`;
  }

  /** The first contradiction that this transaction came upon; `undefined` for none. */
  get inconsistency(): string | undefined {
    return this.#inconsistency;
  }

  get changes(): readonly Change[] {
    return this.#changes.length === 0 ? NONE : this.#changes;
  }

  get grants(): readonly Grant[] {
    return this.#grants.length === 0 ? NONE : this.#grants;
  }

  /** A parent in this transaction that will soon run out of numbers for its sequential children. */
  get longSequence(): string | undefined {
    return this.#longSequence;
  }

  /** A sequential child takes the next number. ZooKeeper's numbers overflow at 2^31 and are negative from there on. */
  noteSequential(parent: Znode): void {
    if (parent.childCreates >= LONG_SEQUENCE || parent.childCreates < 0) this.#longSequence = parent.path;
  }

  get zxid(): Zxid {
    return this.#zxid;
  }

  get time(): number {
    return this.#time;
  }

  /** For questions only. The namespace itself counts what is used, together with the nodes. */
  get quotas(): QuotaJudge {
    return this.#quotas;
  }

  exceedsQuota(path: string, nodes: number, bytes: number, requester: Requester): boolean {
    const quota = this.#quotas.covering(path);
    return quota !== undefined && this.#quotas.judge(quota, nodes, bytes, requester);
  }

  /** `path` is a child of `parent` and does not exist yet. */
  create(
    path: string,
    parent: Znode,
    data: Uint8Array | null,
    acl: SharedAcl,
    owner: Session | NodeOwner,
    role: ZnodeRole,
  ): Znode {
    const ownerNumber = typeof owner === 'number' ? owner : owner.id;
    const node = new Znode(path, parent, acl, this.#zxid, this.#time, ownerNumber, role);
    this.#arena.store(node, data);
    node.hashIdentity();
    node.hashContent(hashBytes(data));
    node.hashAll();
    const siblings = parent.childCount;
    this.#insert(node);
    this.#expectedSize++;
    this.#checkpoint.born(node);

    this.#beforeChange(parent);
    parent.childCreates = (parent.childCreates + 1) | 0;
    this.#attach(node, parent);
    if (parent.childCount !== siblings + 1)
      this.noteInconsistency(path, 'its parent had a child of this name');
    this.#afterChildChange(parent);

    if (typeof owner !== 'number') {
      owner.ephemerals ??= new Set();
      owner.ephemerals.add(path);
    } else if (isExpiring(owner)) {
      this.expiry.emptied(node, this.#time);
    }
    this.#quotas.noteCreated(node);
    this.#quotas.count(path, 1, Math.max(node.dataLength, 0));
    const numberAt = contenderNumberAt(node.name);
    if (numberAt >= 0) this.#lines.join(node, numberAt, parent, this.#zxid);
    this.#changes.push({ type: EventType.nodeCreated, path, acl });
    this.#changes.push({ type: EventType.nodeChildrenChanged, path: parent.path, acl: parent.acl });
    return node;
  }

  /** `node` has no children and is not the root. `owner` is the session of an ephemeral. */
  remove(node: Znode, owner: Session | undefined): void {
    const { path, parent } = node;
    // No operation removes the root.
    if (parent === undefined) return;
    this.#quotas.willChange(node);
    this.#checkpoint.willDie(node);
    this.#digest.subtract(node);
    this.#nodes.delete(path);
    this.#expectedSize--;
    const bytes = Math.max(node.dataLength, 0);
    this.#dataBytes -= path.length + bytes;
    this.#arena.release(node);
    this.#acls.release(node.acl);

    this.#beforeChange(parent);
    parent.children?.delete(node.name);
    this.#afterChildChange(parent);

    owner?.ephemerals?.delete(path);
    if (isExpiring(node.owner)) this.expiry.forget(node);
    if (isExpiring(parent.owner) && parent.childCount === 0) this.expiry.emptied(parent, this.#time);
    this.#quotas.noteRemoved(node);
    this.#quotas.count(path, -1, -bytes);
    this.#lines.leave(node, parent);
    const isParticipant = node.role === ZnodeRole.participant;
    if (isParticipant || parent.childCount === 1) this.#noteDeparture(parent, isParticipant);
    this.#changes.push({ type: EventType.nodeDeleted, path, acl: node.acl });
    this.#changes.push({ type: EventType.nodeChildrenChanged, path: parent.path, acl: parent.acl });
  }

  setData(node: Znode, data: Uint8Array | null): void {
    this.#quotas.willChange(node);
    const lengthBefore = Math.max(node.dataLength, 0);
    this.#beforeChange(node);
    node.mzxid = this.#zxid;
    node.mtime = this.#time;
    node.version = nextVersion(node.version);
    this.#store(node, data);
    this.#quotas.count(node.path, 0, Math.max(node.dataLength, 0) - lengthBefore);
    this.#changes.push({ type: EventType.nodeDataChanged, path: node.path, acl: node.acl });
  }

  /** Replaces the data and leaves everything else as it is. */
  rewrite(node: Znode, data: Uint8Array | null): void {
    this.#beforeChange(node);
    this.#store(node, data);
  }

  /** Adds no change, because no watch waits for one of an ACL. */
  setAcl(node: Znode, list: readonly Acl[]): void {
    this.#beforeChange(node);
    const before = node.acl;
    node.acl = this.#acls.acquire(list);
    this.#acls.release(before);
    node.aversion = nextVersion(node.aversion);
    this.#afterChange(node);
  }

  /** Adds a node from a checkpoint. Its fields are set, and its parent is not known yet. */
  restore(node: Znode, data: Uint8Array | null): void {
    const before = this.#nodes.get(node.path);
    if (before !== undefined) {
      this.#digest.subtract(before);
      this.#acls.release(before.acl);
      this.#dataBytes -= before.path.length + Math.max(before.dataLength, 0);
    }
    this.#arena.store(node, data);
    node.hashIdentity();
    node.hashContent(hashBytes(data));
    this.#insert(node);
  }

  /** Attaches the restored nodes to their parents and lines. Returns the path of a node that has no parent. */
  attachRestored(): string | undefined {
    const standing: Znode[] = [];
    for (const node of this.#nodes.values()) {
      node.children = undefined;
      node.line = undefined;
    }
    for (const node of this.#nodes.values()) {
      if (node.path === '/') continue;
      const slash = node.path.lastIndexOf('/');
      const parent = this.#nodes.get(slash === 0 ? '/' : node.path.slice(0, slash));
      if (parent === undefined) return node.path;
      node.parent = parent;
      this.#attach(node, parent);
      if (contenderNumberAt(node.name) >= 0) standing.push(node);
    }
    for (const node of standing.sort(compareContenders)) {
      const { parent } = node;
      if (parent === undefined) continue;
      // A checkpoint does not keep when the head became the head. It was at the last change of the children or before.
      parent.line ??= new Line(parent, parent.pzxid);
      stand(node, contenderNumberAt(node.name), parent.line);
    }
    this.#expectedSize = this.#nodes.size;
    for (const node of this.#nodes.values()) {
      this.#digest.subtract(node);
      node.hashAll();
      this.#digest.add(node);
      this.#quotas.noteRestored(node);
      // A checkpoint does not keep since when a node is empty. Its grace counts as over, which breaks no promise.
      if (isExpiring(node.owner) && node.childCount === 0) this.expiry.emptied(node, 0);
    }
    return undefined;
  }

  #insert(node: Znode): void {
    this.#nodes.set(node.path, node);
    this.#digest.add(node);
    this.#dataBytes += node.path.length + Math.max(node.dataLength, 0);
  }

  #attach(node: Znode, parent: Znode): void {
    parent.children ??= new Set();
    parent.children.add(node.name);
  }

  #showsMembers(node: Znode): boolean {
    return node.path === CONFIG_PATH && node.mzxid === ZXID_ZERO && this.#members.length > 0;
  }

  #store(node: Znode, data: Uint8Array | null): void {
    this.#dataBytes += (data?.length ?? 0) - Math.max(node.dataLength, 0);
    this.#arena.store(node, data);
    node.hashContent(hashBytes(data));
    this.#afterChange(node);
  }

  #beforeChange(node: Znode): void {
    this.#checkpoint.willChange(node);
    this.#digest.subtract(node);
  }

  #afterChange(node: Znode): void {
    node.hashAll();
    this.#digest.add(node);
  }

  #afterChildChange(parent: Znode): void {
    parent.pzxid = this.#zxid;
    this.#afterChange(parent);
  }

  #noteDeparture(parent: Znode, byParticipant: boolean): void {
    if (parent.children?.has(READY) !== true) return;
    const ready = this.#nodes.get(joinPath(parent.path, READY));
    if (ready !== undefined) this.#rounds.noteDeparture(ready, byParticipant);
  }

  /** Makes the nodes that ZooKeeper's tree holds before the first transaction, with the same metadata. */
  #makePrimordialNodes(): void {
    const root = this.#makePrimordial('/', undefined, this.#acls.open);
    const system = this.#makePrimordial('/zookeeper', root, this.#acls.open);
    this.#makePrimordial('/zookeeper/quota', system, this.#acls.open);
    const config = this.#makePrimordial(CONFIG_PATH, system, this.#acls.acquire(READ_ONLY_ACL));
    config.aversion = -1;
    this.#expectedSize = this.#nodes.size;
    for (const node of this.#nodes.values()) {
      this.#digest.subtract(node);
      node.hashAll();
      this.#digest.add(node);
    }
  }

  #makePrimordial(path: string, parent: Znode | undefined, acl: SharedAcl): Znode {
    const node = new Znode(path, parent, acl, ZXID_ZERO, 0, NO_OWNER, ZnodeRole.plain);
    this.#arena.store(node, new Uint8Array(0));
    node.hashIdentity();
    node.hashContent(hashBytes(dataOf(node)));
    this.#insert(node);
    if (parent !== undefined) this.#attach(node, parent);
    this.#checkpoint.born(node);
    return node;
  }
}

/** Whether the node goes with this session, by the account of both. */
function owns(session: Session | undefined, node: Znode): boolean {
  return session !== undefined && session.id === node.owner && session.ephemerals?.has(node.path) === true;
}

const NONE: readonly never[] = Object.freeze([]);
