import { EventType, type LineHolderResponse, type Stat, type Zxid } from '@conclave/protocol';

/** What a one-shot watch has seen. `childrenChanged` means that a child was created or deleted. */
export type WatchEventType = 'created' | 'deleted' | 'dataChanged' | 'childrenChanged' | 'holderChanged';

/** The event of a one-shot watch. */
export interface WatchEvent {
  /** What has happened. */
  readonly type: WatchEventType;
  /** The path of the node. */
  readonly path: string;
  /** The transaction that fired the watch. ZooKeeper's servers before 3.9 do not send it. */
  readonly zxid: Zxid | undefined;
}

/** A difference between two states of a node that is followed. */
export type ChangeEvent =
  | {
      /** What has happened. `childrenChanged` means that a child was created or deleted. */
      readonly type: 'created' | 'dataChanged' | 'childrenChanged';
      /** The path of the node. */
      readonly path: string;
      /** The transaction that made the change. */
      readonly zxid: Zxid;
      /** The stat of the node after the change. */
      readonly stat: Stat;
    }
  | {
      /** The node was deleted. */
      readonly type: 'deleted';
      /** The path of the node. */
      readonly path: string;
      /** The node was deleted by this transaction or an earlier one. */
      readonly zxid: Zxid;
    }
  | {
      /** Another contender is at the head of the line. */
      readonly type: 'holderChanged';
      /** The path of the line. */
      readonly path: string;
      /** The holder changed by this transaction or an earlier one. */
      readonly zxid: Zxid;
      /** The contender at the head of the line, or `null` if the line is empty. */
      readonly holder: LineHolderResponse | null;
    };

/**
 * What to follow: `data` is the existence and the data of a node, `children` its existence and the list of its
 * children, and `holder` the contender at the head of a line. `holder` needs a native session.
 */
export type WatchKind = 'data' | 'children' | 'holder';

/** The state of a node as one read has found it. */
export interface NodeState {
  readonly stat: Stat | null;
  readonly holder: LineHolderResponse | null;
  /** The last transaction that the server had applied when it read. */
  readonly zxid: Zxid;
}

/**
 * Returns what must have happened at `path` between two reads, completely for what `kind` watches. Changes that
 * `kind` does not watch are left out even if the two states show them, because they would show only by chance.
 */
export function changesBetween(
  kind: WatchKind,
  path: string,
  before: NodeState,
  after: NodeState,
): ChangeEvent[] {
  const events: ChangeEvent[] = [];
  if (before.holder?.token !== after.holder?.token || before.holder?.node !== after.holder?.node) {
    events.push({ type: 'holderChanged', path, zxid: after.zxid, holder: after.holder });
  }
  const was = before.stat;
  const { stat } = after;
  const isSame = was !== null && stat !== null && was.czxid === stat.czxid;
  if (isSame) {
    if (kind === 'data' && was.mzxid !== stat.mzxid) {
      events.push({ type: 'dataChanged', path, zxid: stat.mzxid, stat });
    }
    if (kind === 'children' && was.pzxid !== stat.pzxid) {
      events.push({ type: 'childrenChanged', path, zxid: stat.pzxid, stat });
    }
    return events;
  }
  if (was !== null) events.push({ type: 'deleted', path, zxid: stat?.czxid ?? after.zxid });
  if (stat !== null) events.push({ type: 'created', path, zxid: stat.czxid, stat });
  return events;
}

/** Returns undefined for an event that no watch of this client waits for. */
export function watchEventTypeOf(type: EventType): WatchEventType | undefined {
  switch (type) {
    case EventType.nodeCreated:
      return 'created';
    case EventType.nodeDeleted:
      return 'deleted';
    case EventType.nodeDataChanged:
      return 'dataChanged';
    case EventType.nodeChildrenChanged:
      return 'childrenChanged';
    case EventType.holderChanged:
      return 'holderChanged';
    default:
      return undefined;
  }
}
