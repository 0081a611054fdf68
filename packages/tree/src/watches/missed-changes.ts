import { EventType, joinPath, parentPath, type Zxid } from '@conclave/protocol';
import type { SharedAcl } from '../access/acl-table.ts';
import type { EventHistory, PastChange } from './event-history.ts';

/** The state of a watched node, to be compared with a zxid that a client has seen. */
export interface WatchedState {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly acl: SharedAcl;
  /** The names of the children. */
  readonly children: Iterable<string>;
  /** The transaction that made the head of the node's line its head; `undefined` without a line. */
  readonly headSince: Zxid | undefined;
}

export interface WatchedStates {
  readonly lastZxid: Zxid;
  watchedState(path: string): WatchedState | undefined;
}

/** An event that a client is to be sent now. */
export interface MissedEvent {
  readonly type: number;
  readonly path: string;
  readonly zxid: Zxid;
}

/** The paths of watches that stay after they have fired. */
export interface FollowedPaths {
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}

/** The most nodes read for one request if the history does not reach back far enough. */
const NODES_MAX = 100_000;

/**
 * Returns the changes after `zxid` on the followed paths, each once and in order. The history must reach back to `zxid`.
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
 * Returns what the tree still shows of the time after `zxid`, for when the history does not reach back so far. For every
 * node that was created or changed there is an event that makes the client read it. Removals below a recursive watch are
 * no longer known. If children of a node came or went, there is an event for that node, so that the client looks there.
 * At most a hundred thousand nodes are read, those nearest to the watched ones.
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
  const compare = (path: string, state: WatchedState | undefined) => {
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
  for (const path of persistent) compare(path, tree.watchedState(path));
  // Breadth first, so that of a subtree that is too large the top is covered.
  const queue = [...new Set(followed.persistentRecursive)];
  for (let i = 0; i < queue.length && i < NODES_MAX; i++) {
    const path = queue[i] ?? '/';
    const state = tree.watchedState(path);
    if (!persistent.has(path)) compare(path, state);
    for (const name of state?.children ?? []) {
      const child = joinPath(path, name);
      // A watched path within a watched subtree has its place in the queue already.
      if (!below.isRoot(child)) queue.push(child);
    }
  }
  return events.sort((a, b) => a.zxid - b.zxid);
}

/** Whether a missing node can have existed after `zxid`: then its nearest ancestor has lost a child since. */
function mayHaveGone(tree: WatchedStates, path: string, zxid: number): boolean {
  let nearest = tree.watchedState('/');
  // From the root on, because a missing path may be far longer than any that exists.
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const state = tree.watchedState(path.slice(0, slash));
    if (state === undefined) break;
    nearest = state;
  }
  return nearest !== undefined && nearest.pzxid > zxid;
}

/** The subtrees at some paths, including the paths themselves. */
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
