import type { StatFields, Zxid } from '@conclave/protocol';
import type { SharedAcl } from './access/acl-table.ts';
import { Row } from './checkpoint.ts';
import type { Chunk, DataSlot } from './data-arena.ts';
import { finishHash, type Hashed, hashText, LANE_A, LANE_B, mixInt, mixLong } from './digest.ts';
import type { Contender, Line } from './line.ts';
import { ephemeralOwnerOf, type NodeOwner } from './node-owner.ts';
import type { ZnodeRole } from './znode-role.ts';

/** A znode in memory. There may be millions of these, so every field counts. Only `Namespace` changes it. */
export class Znode extends Row implements DataSlot, Hashed {
  readonly path: string;
  readonly name: string;
  /** `undefined` for the root. */
  parent: Znode | undefined;
  acl: SharedAcl;
  chunk: Chunk | undefined = undefined;
  dataOffset = 0;
  dataLength = -1;
  czxid: Zxid;
  mzxid: Zxid;
  pzxid: Zxid;
  ctime: number;
  mtime: number;
  version = 0;
  aversion = 0;
  /** The number of children ever created, which is the number of the next sequential one. A signed 32-bit counter. */
  childCreates = 0;
  owner: NodeOwner;
  role: ZnodeRole;
  /** The names of the children. The set is created with the first one. */
  children: Set<string> | undefined = undefined;
  /** The line of the contenders among the children of this node. */
  line: Line<Znode> | undefined = undefined;
  /** This node's place in the line of its parent. */
  contender: Contender<Znode> | undefined = undefined;
  /** The hash of the fields that never change. */
  identityHash = 0;
  /** The hash of the data and the fields that change with it. */
  contentHash = 0;
  hashA = 0;
  hashB = 0;

  constructor(
    path: string,
    parent: Znode | undefined,
    acl: SharedAcl,
    zxid: Zxid,
    time: number,
    owner: NodeOwner,
    role: ZnodeRole,
  ) {
    super();
    this.path = path;
    this.name = path.slice(path.lastIndexOf('/') + 1);
    this.parent = parent;
    this.acl = acl;
    this.czxid = zxid;
    this.mzxid = zxid;
    this.pzxid = zxid;
    this.ctime = time;
    this.mtime = time;
    this.owner = owner;
    this.role = role;
  }

  get childCount(): number {
    const { children } = this;
    return children === undefined ? 0 : children.size;
  }

  override rowKey(): string {
    return ZNODE_KEY + this.path;
  }

  /** Returns the present metadata, for an answer. */
  stat(): StatFields {
    const numChildren = this.childCount;
    return {
      czxid: this.czxid,
      mzxid: this.mzxid,
      ctime: this.ctime,
      mtime: this.mtime,
      version: this.version,
      // ZooKeeper counts creations, but reports changes. Each child that no longer exists was also deleted.
      cversion: (this.childCreates * 2 - numChildren) | 0,
      aversion: this.aversion,
      ephemeralOwner: ephemeralOwnerOf(this.owner),
      dataLength: Math.max(this.dataLength, 0),
      numChildren,
      pzxid: this.pzxid,
    };
  }

  hashIdentity(): void {
    let hash = mixLong(hashText(this.path), this.czxid);
    hash = mixLong(hash, this.ctime);
    hash = mixLong(hash, this.owner);
    this.identityHash = mixInt(hash, this.role);
  }

  /** `dataHash` is the `hashBytes` of the data. */
  hashContent(dataHash: number): void {
    let hash = mixLong(dataHash, this.mzxid);
    hash = mixLong(hash, this.mtime);
    this.contentHash = mixInt(hash, this.version);
  }

  /** Must be called after each change, when the two hashes above are up to date. */
  hashAll(): void {
    this.hashA = this.#hashLane(LANE_A);
    this.hashB = this.#hashLane(LANE_B);
  }

  #hashLane(lane: number): number {
    let hash = mixInt(mixInt(lane, this.identityHash), this.contentHash);
    hash = mixLong(hash, this.pzxid);
    hash = mixInt(hash, this.childCreates);
    hash = mixInt(hash, this.childCount);
    hash = mixInt(hash, this.aversion);
    return finishHash(mixInt(hash, this.acl.hash));
  }
}

/** The prefix of the path in the key of a znode's row. */
export const ZNODE_KEY = 'n';

/** Versions wrap around as Java's ints do, past -1, which would mean "any" (ZOOKEEPER-4743). */
export function nextVersion(version: number): number {
  return version === -2 ? 0 : (version + 1) | 0;
}
