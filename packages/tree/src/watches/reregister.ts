import {
  ErrorNumber,
  EventType,
  OpCode,
  type ReadRequest,
  type SetNativeWatchesRequest,
  type SetWatches2Request,
  type SetWatchesRequest,
} from '@conclave/protocol';
import type { SharedAcl } from '../access/acl-table.ts';
import type { Change } from '../change.ts';
import type { EventHistory } from './event-history.ts';
import {
  type FollowedPaths,
  type MissedEvent,
  reconstruct,
  replay,
  type WatchedStates,
} from './missed-changes.ts';
import { reachOf, WatchBit, type WatchKind } from './watch-kind.ts';

/** A request by which a client that comes back sets its watches again. */
export type RewatchRequest = SetWatchesRequest | SetWatches2Request | SetNativeWatchesRequest;

/** The sources for the events that a client missed before it sets its watches again. */
export interface RewatchContext {
  readonly tree: WatchedStates;
  readonly history: EventHistory;
  /** Whether the client may read a node with this ACL. It gets no events of other nodes (CVE-2024-23944). */
  readonly mayRead: (acl: SharedAcl) => boolean;
}

/** The watches that are set again. */
export interface Rearming {
  arm(kind: WatchKind, path: string): void;
  /** Whether a persistent watch that is armed already has fired at such a change. */
  hasFired(change: Change): boolean;
}

/**
 * Sets a client's watches again, and sends it the events that it missed since `relativeZxid`, while it was away.
 *
 * One-shot watches are compared with the tree, by ZooKeeper's rules (DataTree.setWatches): a watch of a node that has
 * changed fires now, any other is armed. For the holder of a line it also fires in case of doubt. The client then reads
 * the holder, and waits again.
 *
 * Persistent watches are armed, and every change that they would have fired at is sent now, in order, from the history.
 * ZooKeeper sends nothing then. If the history does not reach back far enough, a native client gets `EventType.gap`, and
 * any other client gets events for everything that the tree shows to have changed.
 */
export function reregister(
  context: RewatchContext,
  request: RewatchRequest,
  watches: Rearming,
  fireNow: (event: MissedEvent) => void,
): void {
  const fired = new Map<string, number>();
  if (request.op !== OpCode.setWatches) {
    for (const event of missedByFollowers(context, request, watches)) {
      const spent = reachOf(event.type)?.spent ?? 0;
      fired.set(event.path, (fired.get(event.path) ?? 0) | spent);
      fireNow(event);
    }
    for (const path of request.persistent) watches.arm('persistent', path);
    for (const path of request.persistentRecursive) watches.arm('persistentRecursive', path);
  }
  rearmOneShots(context, request, fired, watches, fireNow);
}

function missedByFollowers(
  { tree, history, mayRead }: RewatchContext,
  request: FollowedPaths & RewatchRequest,
  watches: Rearming,
): MissedEvent[] {
  const { relativeZxid, persistent, persistentRecursive } = request;
  if (persistent.length + persistentRecursive.length === 0 || relativeZxid >= tree.lastZxid) return [];
  if (relativeZxid >= history.floor) {
    const events = replay(history, relativeZxid, request);
    return events.filter((event) => mayRead(event.acl) && !watches.hasFired(event));
  }
  if (request.op === OpCode.setNativeWatches) {
    const paths = new Set([...persistent, ...persistentRecursive]);
    return [...paths].map((path) => ({ type: EventType.gap, path, zxid: tree.lastZxid }));
  }
  return reconstruct(tree, relativeZxid, request, mayRead);
}

/** `fired` holds, by path, the kinds that the events of persistent watches have fired at the client by now. */
function rearmOneShots(
  { tree, mayRead }: RewatchContext,
  request: RewatchRequest,
  fired: ReadonlyMap<string, number>,
  watches: Rearming,
  fireNow: (event: MissedEvent) => void,
): void {
  const { relativeZxid } = request;
  const isFired = (path: string, bit: number) => ((fired.get(path) ?? 0) & bit) !== 0;
  const fireDeleted = (path: string) => fireNow({ type: EventType.nodeDeleted, path, zxid: tree.lastZxid });
  for (const path of request.data) {
    if (isFired(path, WatchBit.data)) continue;
    const state = tree.watchedState(path);
    if (state === undefined) fireDeleted(path);
    else if (state.mzxid <= relativeZxid) watches.arm('data', path);
    else if (mayRead(state.acl)) fireNow({ type: EventType.nodeDataChanged, path, zxid: state.mzxid });
  }
  for (const path of request.exist) {
    if (isFired(path, WatchBit.data)) continue;
    const state = tree.watchedState(path);
    if (state === undefined) watches.arm('data', path);
    else if (mayRead(state.acl)) fireNow({ type: EventType.nodeCreated, path, zxid: state.czxid });
  }
  for (const path of request.child) {
    if (isFired(path, WatchBit.child)) continue;
    const state = tree.watchedState(path);
    if (state === undefined) fireDeleted(path);
    else if (state.pzxid <= relativeZxid) watches.arm('child', path);
    else if (mayRead(state.acl)) fireNow({ type: EventType.nodeChildrenChanged, path, zxid: state.pzxid });
  }
  if (request.op !== OpCode.setNativeWatches) return;
  for (const path of request.holder) {
    const state = tree.watchedState(path);
    // Without a line the last departure is not known, but it was not after the last change of the children.
    const headSince = state === undefined ? Number.POSITIVE_INFINITY : (state.headSince ?? state.pzxid);
    if (headSince > relativeZxid) {
      fireNow({ type: EventType.holderChanged, path, zxid: tree.lastZxid });
    } else watches.arm('holder', path);
  }
}

/** Returns the kind of watch that a read leaves, given the error of its answer; `undefined` for none. */
export function watchKindOf(request: ReadRequest, error: number): WatchKind | undefined {
  if (!('watch' in request) || !request.watch) return undefined;
  switch (request.op) {
    case OpCode.exists:
      return error === ErrorNumber.OK || error === ErrorNumber.NO_NODE ? 'data' : undefined;
    case OpCode.getData:
      return error === ErrorNumber.OK ? 'data' : undefined;
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.listChildren:
      return error === ErrorNumber.OK ? 'child' : undefined;
    case OpCode.lineHolder:
      return error === ErrorNumber.OK ? 'holder' : undefined;
  }
}
