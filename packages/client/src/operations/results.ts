import type { Acl, Stat } from '@conclave/protocol';

/** A node that `Client.create` has created. */
export interface Created {
  /** The full path; for a sequential node it ends with the number. */
  readonly path: string;
  /** The stat of the new node. */
  readonly stat: Stat;
}

/** A node as `Client.get` has read it. */
export interface NodeContent {
  /**
   * The data, which is the caller's own. Small values may share one `ArrayBuffer`, so `data.buffer` can hold more than
   * the data.
   */
  readonly data: Uint8Array;
  /** The stat of the node. */
  readonly stat: Stat;
}

/** The children of a node. */
export interface NodeChildren {
  /** The names of the children, without the path of the node. */
  readonly children: readonly string[];
  /** The stat of the node. */
  readonly stat: Stat;
}

/** The ACL of a node. */
export interface NodeAcl {
  /** The entries of the ACL. */
  readonly acl: readonly Acl[];
  /** The stat of the node; `stat.aversion` is the version of the ACL. */
  readonly stat: Stat;
}
