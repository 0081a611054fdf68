import type { SharedAcl } from './access/acl-table.ts';

/** A change of a node that a watch may wait for. */
export interface Change {
  /** An `EventType`: nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged or holderChanged. */
  readonly type: number;
  readonly path: string;
  /** A client may learn of the change if this ACL lets it read: the node's ACL, or its last one if it was removed. */
  readonly acl: SharedAcl;
}
