import { EventType, type SetNativeWatchesRequest, type SetWatchesRequest } from '@conclave/protocol';
import { reregister, type WatchedStates } from './reregister.ts';
import type { Change } from './txn.ts';

/** What a watch waits for. ZooKeeper's `exists` and `getData` both leave data watches. */
export type WatchKind = 'data' | 'child' | 'holder';

/**
 * Who waits for which change: one-shot watches by ZooKeeper's rules (WatchManager). A server keeps them for the
 * connections it has; they are not replicated. `W` is whoever is told.
 */
export class WatchTable<W extends object> {
  readonly #data = new PathWatchers<W>();
  readonly #child = new PathWatchers<W>();
  readonly #holder = new PathWatchers<W>();

  /** Setting a watch that is set already changes nothing. */
  add(kind: WatchKind, path: string, watcher: W): void {
    this.#of(kind).add(path, watcher);
  }

  /** The watcher is gone, and with it all its watches. */
  removeWatcher(watcher: W): void {
    this.#data.removeWatcher(watcher);
    this.#child.removeWatcher(watcher);
    this.#holder.removeWatcher(watcher);
  }

  /** Fires and removes what waited for this change. Whoever waits twice for one node to be deleted is told once. */
  trigger(change: Change, onFire: (watcher: W, eventType: number, path: string) => void): void {
    const { type, path } = change;
    switch (type) {
      case EventType.nodeCreated:
      case EventType.nodeDataChanged:
        fire(this.#data.take(path), type, path, onFire);
        return;
      case EventType.nodeChildrenChanged:
        fire(this.#child.take(path), type, path, onFire);
        return;
      case EventType.holderChanged:
        fire(this.#holder.take(path), type, path, onFire);
        return;
      case EventType.nodeDeleted: {
        const told = this.#data.take(path);
        const children = this.#child.take(path);
        fire(told, type, path, onFire);
        if (told !== undefined) for (const watcher of told) children?.delete(watcher);
        fire(children, type, path, onFire);
      }
    }
  }

  /**
   * Sets the watches a client had before it lost its connection, or fires those whose change it missed.
   * See `reregister`.
   */
  reregister(
    tree: WatchedStates,
    request: SetWatchesRequest | SetNativeWatchesRequest,
    watcher: W,
    fireNow: (eventType: number, path: string) => void,
  ): void {
    reregister(tree, request, (kind, path) => this.add(kind, path, watcher), fireNow);
  }

  /** How many watches there are. */
  get count(): number {
    return this.#data.count + this.#child.count + this.#holder.count;
  }

  /** How many paths are watched, each kind of watch for itself. */
  get pathCount(): number {
    return this.#data.pathCount + this.#child.pathCount + this.#holder.pathCount;
  }

  /** How many watches one watcher has. */
  countOf(watcher: W): number {
    return this.#data.countOf(watcher) + this.#child.countOf(watcher) + this.#holder.countOf(watcher);
  }

  #of(kind: WatchKind): PathWatchers<W> {
    switch (kind) {
      case 'data':
        return this.#data;
      case 'child':
        return this.#child;
      case 'holder':
        return this.#holder;
    }
  }
}

/** Watches of one kind, found by path and by watcher. */
class PathWatchers<W extends object> {
  readonly #byPath = new Map<string, Set<W>>();
  readonly #byWatcher = new Map<W, Set<string>>();
  count = 0;

  get pathCount(): number {
    return this.#byPath.size;
  }

  add(path: string, watcher: W): void {
    let paths = this.#byWatcher.get(watcher);
    if (paths === undefined) {
      paths = new Set();
      this.#byWatcher.set(watcher, paths);
    }
    if (paths.has(path)) return;
    paths.add(path);
    this.count++;
    const watchers = this.#byPath.get(path);
    if (watchers === undefined) this.#byPath.set(path, new Set([watcher]));
    else watchers.add(watcher);
  }

  /** Removes the watches of a path and returns who had them; the set is the caller's. */
  take(path: string): Set<W> | undefined {
    const watchers = this.#byPath.get(path);
    if (watchers === undefined) return undefined;
    this.#byPath.delete(path);
    this.count -= watchers.size;
    for (const watcher of watchers) {
      const paths = this.#byWatcher.get(watcher);
      paths?.delete(path);
      if (paths?.size === 0) this.#byWatcher.delete(watcher);
    }
    return watchers;
  }

  removeWatcher(watcher: W): void {
    const paths = this.#byWatcher.get(watcher);
    if (paths === undefined) return;
    this.#byWatcher.delete(watcher);
    this.count -= paths.size;
    for (const path of paths) {
      const watchers = this.#byPath.get(path);
      watchers?.delete(watcher);
      if (watchers?.size === 0) this.#byPath.delete(path);
    }
  }

  countOf(watcher: W): number {
    return this.#byWatcher.get(watcher)?.size ?? 0;
  }
}

function fire<W>(
  watchers: Set<W> | undefined,
  type: number,
  path: string,
  onFire: (watcher: W, eventType: number, path: string) => void,
): void {
  if (watchers !== undefined) for (const watcher of watchers) onFire(watcher, type, path);
}
