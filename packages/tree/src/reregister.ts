import {
  ErrorNumber,
  EventType,
  OpCode,
  type ReadRequest,
  type SetNativeWatchesRequest,
  type SetWatchesRequest,
} from '@conclave/protocol';
import type { WatchKind } from './watch-table.ts';

/** What tells whether a watched node changed after some zxid. */
export interface WatchedState {
  readonly mzxid: number;
  readonly pzxid: number;
  /** Since when the head of the node's line is its head; `undefined` without a line. */
  readonly headSince: number | undefined;
}

export interface WatchedStates {
  watchedState(path: string): WatchedState | undefined;
}

/**
 * Decides for each watch that a client sets again whether what it waits for happened after `relativeZxid`, when
 * the client could not be told: then it fires now, otherwise it is armed. ZooKeeper's rules (DataTree.setWatches).
 * For the holder of a line it fires in case of doubt too; the client then looks, and waits again.
 */
export function reregister(
  tree: WatchedStates,
  request: SetWatchesRequest | SetNativeWatchesRequest,
  arm: (kind: WatchKind, path: string) => void,
  fireNow: (eventType: number, path: string) => void,
): void {
  const { relativeZxid } = request;
  for (const path of request.data) {
    const state = tree.watchedState(path);
    if (state === undefined) fireNow(EventType.nodeDeleted, path);
    else if (state.mzxid > relativeZxid) fireNow(EventType.nodeDataChanged, path);
    else arm('data', path);
  }
  for (const path of request.exist) {
    if (tree.watchedState(path) !== undefined) fireNow(EventType.nodeCreated, path);
    else arm('data', path);
  }
  for (const path of request.child) {
    const state = tree.watchedState(path);
    if (state === undefined) fireNow(EventType.nodeDeleted, path);
    else if (state.pzxid > relativeZxid) fireNow(EventType.nodeChildrenChanged, path);
    else arm('child', path);
  }
  if (request.op !== OpCode.setNativeWatches) return;
  for (const path of request.holder) {
    const state = tree.watchedState(path);
    // Without a line the last departure is not known, but the children have not changed since.
    const headSince = state === undefined ? Number.POSITIVE_INFINITY : (state.headSince ?? state.pzxid);
    if (headSince > relativeZxid) fireNow(EventType.holderChanged, path);
    else arm('holder', path);
  }
}

/** The watch that a read leaves, given how it was answered; `undefined` for none. */
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
