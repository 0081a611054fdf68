import { EventType, type LineHolderResponse, type Stat, type Zxid } from '@conclave/protocol';

export type WatchEventType = 'created' | 'deleted' | 'dataChanged' | 'childrenChanged' | 'holderChanged';

/** What a one-shot watch tells. */
export interface WatchEvent {
  readonly type: WatchEventType;
  readonly path: string;
  /** The transaction that fired it; ZooKeeper's servers tell it since 3.9. */
  readonly zxid: Zxid | undefined;
}

/** What a node that is followed has become. */
export type ChangeEvent =
  | {
      readonly type: 'created' | 'dataChanged' | 'childrenChanged';
      readonly path: string;
      /** The transaction that made the change. */
      readonly zxid: Zxid;
      readonly stat: Stat;
    }
  | {
      readonly type: 'deleted';
      readonly path: string;
      /** The transaction by which it had happened at the latest. */
      readonly zxid: Zxid;
    }
  | {
      readonly type: 'holderChanged';
      readonly path: string;
      /** The transaction by which it had happened at the latest. */
      readonly zxid: Zxid;
      /** `null`: nobody holds the line. */
      readonly holder: LineHolderResponse | null;
    };

/** `data`: the node itself; `children`: the node's being there and its children; `holder`: the head of a line. */
export type WatchKind = 'data' | 'children' | 'holder';

/** What one look at a node has found. */
export interface NodeState {
  readonly stat: Stat | null;
  readonly holder: LineHolderResponse | null;
  /** How far the server had got when it looked. */
  readonly zxid: Zxid;
}

/**
 * Tells what must have happened at `path` between two looks at it: of what `kind` watches, nothing is left out. What
 * it does not watch is not told even where it shows, since it would be told by chance.
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

/** `undefined` for what no watch of this client waits for. */
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
