import { EventType, type Zxid } from '@conclave/protocol';

/** One change of a node, or a gap in what is known of the changes. */
export type TreeEvent =
  | {
      /** What has happened. `childrenChanged` means that a child was created or deleted. */
      readonly type: 'created' | 'deleted' | 'dataChanged' | 'childrenChanged';
      /** The path of the node. */
      readonly path: string;
      /** The transaction that made the change. ZooKeeper's servers before 3.9 do not send it. */
      readonly zxid: Zxid | undefined;
    }
  | {
      /** Some changes were not reported. Read everything that you follow anew. */
      readonly type: 'gap';
      /** The path that is watched. The changes were at this node or below it. */
      readonly path: string;
      /** Changes after this transaction are reported again. */
      readonly zxid: Zxid;
    };

/** Returns undefined if the event is not a change of a node. */
export function treeEventOf(type: number, path: string, zxid: Zxid | undefined): TreeEvent | undefined {
  switch (type) {
    case EventType.nodeCreated:
      return { type: 'created', path, zxid };
    case EventType.nodeDeleted:
      return { type: 'deleted', path, zxid };
    case EventType.nodeDataChanged:
      return { type: 'dataChanged', path, zxid };
    case EventType.nodeChildrenChanged:
      return { type: 'childrenChanged', path, zxid };
    default:
      return undefined;
  }
}
