import { EventType, WatcherType } from '@conclave/protocol';

/**
 * The events that a watch waits for. `data`, `child` and `holder` fire once: ZooKeeper's `exists` and `getData` both
 * leave data watches, and `holder` is for the head of a line. `persistent` stays, and fires at changes of its node and
 * when children come or go. `persistentRecursive` stays, and fires at changes of its node and of all nodes below it. It
 * never fires at "children changed", because the children's own events make that superfluous.
 */
export type WatchKind = 'data' | 'child' | 'holder' | 'persistent' | 'persistentRecursive';

/** One bit for each kind, so that all watches of one watcher on one path take one small integer. */
export const WatchBit = {
  data: 1,
  child: 2,
  holder: 4,
  persistent: 8,
  persistentRecursive: 16,
} as const satisfies Record<WatchKind, number>;

/** The watches that a change fires. */
export interface Reach {
  /** The kinds on the changed path that fire. */
  readonly at: number;
  /** The one-shot kinds among them. */
  readonly spent: number;
  /** Whether recursive watches on ancestors of the path fire as well. */
  readonly isRecursive: boolean;
}

const { data, child, holder, persistent, persistentRecursive } = WatchBit;
const NODE: Reach = { at: data | persistent | persistentRecursive, spent: data, isRecursive: true };
const DELETED: Reach = { at: NODE.at | child, spent: data | child, isRecursive: true };
const CHILDREN: Reach = { at: child | persistent, spent: child, isRecursive: false };
const HOLDER: Reach = { at: holder, spent: holder, isRecursive: false };

/** Returns `undefined` for an `EventType` that no watch waits for. The rules are those of ZooKeeper 3.9's WatchManager. */
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

/** The kinds that a `WatcherType` stands for in `checkWatches` and `removeWatches`; 0 for an unknown type. */
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
