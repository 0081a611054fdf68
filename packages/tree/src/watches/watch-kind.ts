import { EventType, WatcherType } from '@conclave/protocol';

/**
 * What a watch waits for. `data`, `child` and `holder` fire once: ZooKeeper's `exists` and `getData` both leave data
 * watches, and `holder` is for the head of a line. `persistent` stays, and hears of its node and its children's coming
 * and going; `persistentRecursive` stays, and hears of its node and of all below it, but never of "children changed",
 * which the children's own events make superfluous.
 */
export type WatchKind = 'data' | 'child' | 'holder' | 'persistent' | 'persistentRecursive';

/** One bit for each kind, so that the watches one watcher has on one path take one small integer. */
export const WatchBit = {
  data: 1,
  child: 2,
  holder: 4,
  persistent: 8,
  persistentRecursive: 16,
} as const satisfies Record<WatchKind, number>;

/** Which watches a change fires. */
export interface Reach {
  /** Those of the changed path. */
  readonly at: number;
  /** Those of them that are over once they have fired. */
  readonly spent: number;
  /** Whether recursive watches on the path's ancestors fire as well. */
  readonly isRecursive: boolean;
}

const { data, child, holder, persistent, persistentRecursive } = WatchBit;
const NODE: Reach = { at: data | persistent | persistentRecursive, spent: data, isRecursive: true };
const DELETED: Reach = { at: NODE.at | child, spent: data | child, isRecursive: true };
const CHILDREN: Reach = { at: child | persistent, spent: child, isRecursive: false };
const HOLDER: Reach = { at: holder, spent: holder, isRecursive: false };

/** By an `EventType`; `undefined` for one that no watch waits for. The rules are those of ZooKeeper 3.9's WatchManager. */
export function reachOf(eventType: number): Reach | undefined {
  switch (eventType) {
    case EventType.nodeCreated:
    case EventType.nodeDataChanged:
      return NODE;
    case EventType.nodeDeleted:
      return DELETED;
    case EventType.nodeChildrenChanged:
      return CHILDREN;
    case EventType.holderChanged:
      return HOLDER;
    default:
      return undefined;
  }
}

/** The kinds that a `WatcherType` means in `checkWatches` and `removeWatches`; 0 for no such type. */
export function bitsOf(type: number): number {
  switch (type) {
    case WatcherType.children:
      return child;
    case WatcherType.data:
      return data;
    case WatcherType.any:
      return data | child | persistent | persistentRecursive;
    case WatcherType.persistent:
      return persistent;
    case WatcherType.persistentRecursive:
      return persistentRecursive;
    default:
      return 0;
  }
}
