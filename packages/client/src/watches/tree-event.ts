import { EventType, type Zxid } from '@conclave/protocol';

/** What has happened to a node, one change at a time. */
export type TreeEvent =
  | {
      readonly type: 'created' | 'deleted' | 'dataChanged' | 'childrenChanged';
      readonly path: string;
      /** The transaction that made the change; ZooKeeper's servers tell it since 3.9. */
      readonly zxid: Zxid | undefined;
    }
  | {
      /** Changes at or below `path`, the watched one, went untold: read what you follow anew. */
      readonly type: 'gap';
      readonly path: string;
      /** What came after this transaction is told again. */
      readonly zxid: Zxid;
    };

/** `undefined` for what is no change of a node. */
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
