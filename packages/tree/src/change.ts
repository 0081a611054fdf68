import type { SharedAcl } from './access/acl-table.ts';

/** A change of a node that a watch may wait for. */
export interface Change {
  /** An `EventType`: nodeCreated, nodeDeleted, nodeDataChanged, nodeChildrenChanged or holderChanged. */
  readonly type: number;
  readonly path: string;
  /** The ACL that decides who may learn of the change: as the node was made, or as it was when it was removed. */
  readonly acl: SharedAcl;
}
