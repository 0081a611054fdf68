import { EventType, joinPath, parentPath, type Zxid } from '@conclave/protocol';
import type { SharedAcl } from '../access/acl-table.ts';
import type { EventHistory, PastChange } from './event-history.ts';

/** What tells how a watched node stands to a zxid that a client has seen. */
export interface WatchedState {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly acl: SharedAcl;
  /** The names of the children. */
  readonly children: Iterable<string>;
  /** Since when the head of the node's line is its head; `undefined` without a line. */
  readonly headSince: Zxid | undefined;
}

export interface WatchedStates {
  readonly lastZxid: Zxid;
  watchedState(path: string): WatchedState | undefined;
}

/** An event that a client is to be told now. */
export interface MissedEvent {
  readonly type: number;
  readonly path: string;
  readonly zxid: Zxid;
}

/** The paths that are followed by watches that stay. */
export interface FollowedPaths {
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}

/** How many nodes are looked at for one request where the history does not reach. */
const NODES_MAX = 100_000;

/**
 * What happened after `zxid` on the followed paths, each change once and in order. The history reaches back to
 * `zxid`.
 */
export function replay(history: EventHistory, zxid: number, followed: FollowedPaths): PastChange[] {
  const events: PastChange[] = [];
  const persistent = new Set(followed.persistent);
  const below = new Subtrees(followed.persistentRecursive);
  for (const change of history.after(zxid)) {
    const { type, path } = change;
    if (type === EventType.holderChanged) continue;
    if (persistent.has(path) || (type !== EventType.nodeChildrenChanged && below.has(path))) {
      events.push(change);
    }
  }
  return events;
}

/**
 * What can be told of the time after `zxid` from the tree as it is, where no history reaches back so far: of every
 * node that was made or changed an event that makes the client read it. What was removed below a recursive watch is
 * not known any more; for a node whose children came or went there is one event too, so that the client looks there.
 * Of more than a hundred thousand nodes only those nearest to the watched ones are looked at.
 */
export function reconstruct(
  tree: WatchedStates,
  zxid: number,
  followed: FollowedPaths,
  mayRead: (acl: SharedAcl) => boolean,
): MissedEvent[] {
  const events: MissedEvent[] = [];
  const persistent = new Set(followed.persistent);
  const below = new Subtrees(followed.persistentRecursive);
  const tell = (path: string, state: WatchedState | undefined) => {
    if (state === undefined) {
      if (mayHaveGone(tree, path, zxid)) {
        events.push({ type: EventType.nodeDeleted, path, zxid: tree.lastZxid });
      }
      return;
    }
    const { czxid, mzxid, pzxid, acl } = state;
    if (!mayRead(acl)) return;
    const changed = below.has(path) && pzxid > mzxid ? pzxid : mzxid;
    if (czxid > zxid) events.push({ type: EventType.nodeCreated, path, zxid: czxid });
    else if (changed > zxid) events.push({ type: EventType.nodeDataChanged, path, zxid: changed });
    if (persistent.has(path) && pzxid > zxid && pzxid > czxid) {
      events.push({ type: EventType.nodeChildrenChanged, path, zxid: pzxid });
    }
  };
  for (const path of persistent) tell(path, tree.watchedState(path));
  // Breadth first, so that a subtree too large is told from its top.
  const queue = [...new Set(followed.persistentRecursive)];
  for (let i = 0; i < queue.length && i < NODES_MAX; i++) {
    const path = queue[i] ?? '/';
    const state = tree.watchedState(path);
    if (!persistent.has(path)) tell(path, state);
    for (const name of state?.children ?? []) {
      const child = joinPath(path, name);
      // A watched path within a watched subtree has its place in the queue already.
      if (!below.isRoot(child)) queue.push(child);
    }
  }
  return events.sort((a, b) => a.zxid - b.zxid);
}

/** Whether there can have been a node after `zxid` where there is none: its nearest ancestor has lost a child. */
function mayHaveGone(tree: WatchedStates, path: string, zxid: number): boolean {
  let nearest = tree.watchedState('/');
  // From the root on: a path that is not there may be far longer than any that is.
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const state = tree.watchedState(path.slice(0, slash));
    if (state === undefined) break;
    nearest = state;
  }
  return nearest !== undefined && nearest.pzxid > zxid;
}

/** The subtrees under some paths, themselves included. */
class Subtrees {
  readonly #roots: ReadonlySet<string>;
  /** Most paths of a history share their parents. */
  readonly #known = new Map<string, boolean>();

  constructor(roots: readonly string[]) {
    this.#roots = new Set(roots);
  }

  isRoot(path: string): boolean {
    return this.#roots.has(path);
  }

  has(path: string): boolean {
    if (this.#roots.size === 0) return false;
    return this.#roots.has(path) || (path !== '/' && this.#hasAbove(parentPath(path)));
  }

  #hasAbove(path: string): boolean {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const has = this.has(path);
    this.#known.set(path, has);
    return has;
  }
}
