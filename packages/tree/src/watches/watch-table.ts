import { InvariantError, parentPath } from '@conclave/protocol';
import type { Change } from '../change.ts';
import type { MissedEvent } from './missed-changes.ts';
import { type Rearming, type RewatchContext, type RewatchRequest, reregister } from './reregister.ts';
import { bitsOf, reachOf, WatchBit, type WatchKind } from './watch-kind.ts';

/**
 * The watches of a server, by ZooKeeper 3.9's rules: watches of different kinds can be set on one path, and a watcher
 * that several of them concern gets one event for a change. A server keeps them for its own connections. They are not
 * replicated. `W` is a watcher, which receives the events.
 *
 * A watch takes about 125 bytes on a path of its own, and 100 on a path with other watches. A watcher takes 250 more.
 */
export class WatchTable<W extends object> {
  /** The first watch of each path. The others are linked to it. */
  readonly #byPath = new Map<string, Watch<W>>();
  readonly #byWatcher = new Map<W, Holdings<W>>();
  #count = 0;
  #recursive = 0;

  /** Sets a watch. If it is set already, nothing changes. */
  add(kind: WatchKind, path: string, watcher: W): void {
    let holdings = this.#byWatcher.get(watcher);
    if (holdings === undefined) {
      holdings = new Holdings(watcher);
      this.#byWatcher.set(watcher, holdings);
    }
    let watch = holdings.byPath.get(path);
    if (watch === undefined) {
      watch = new Watch(path, holdings);
      holdings.byPath.set(path, watch);
      holdings.pathLength += path.length;
      this.#link(watch);
    }
    const bit = WatchBit[kind];
    if ((watch.bits & bit) !== 0) return;
    watch.bits |= bit;
    holdings.count++;
    this.#count++;
    if (bit === WatchBit.persistentRecursive) this.#recursive++;
  }

  /** Whether the watcher has a watch of this `WatcherType` on the path. */
  has(type: number, path: string, watcher: W): boolean {
    const watch = this.#byWatcher.get(watcher)?.byPath.get(path);
    return watch !== undefined && (watch.bits & bitsOf(type)) !== 0;
  }

  /** Removes the watcher's watches of this `WatcherType` on the path. Returns false if there was none. */
  remove(type: number, path: string, watcher: W): boolean {
    const watch = this.#byWatcher.get(watcher)?.byPath.get(path);
    const bits = bitsOf(type);
    if (watch === undefined || (watch.bits & bits) === 0) return false;
    this.#clear(watch, bits);
    return true;
  }

  /** Removes a watcher that is gone, with all its watches. */
  removeWatcher(watcher: W): void {
    const holdings = this.#byWatcher.get(watcher);
    if (holdings === undefined) return;
    this.#byWatcher.delete(watcher);
    this.#count -= holdings.count;
    for (const watch of holdings.byPath.values()) {
      if ((watch.bits & WatchBit.persistentRecursive) !== 0) this.#recursive--;
      this.#unlink(watch);
    }
    this.#check();
  }

  /**
   * Fires the watches that wait for this change, and removes those that fire once. `onFire` is called once for each
   * watcher, after the table has changed, so that it may set a watch again at once.
   */
  trigger(change: Change, onFire: (watcher: W, eventType: number, path: string) => void): void {
    const { type, path } = change;
    const reach = reachOf(type);
    if (reach === undefined) return;
    const first = this.#byPath.get(path);
    const mayFireAbove = reach.isRecursive && this.#recursive > 0;
    if (first === undefined && !mayFireAbove) return;
    const notified: Holdings<W>[] = [];
    for (let watch = first; watch !== undefined; ) {
      const { next } = watch;
      if ((watch.bits & reach.at) !== 0) {
        collect(watch.holdings, notified);
        this.#clear(watch, reach.spent);
      }
      watch = next;
    }
    if (mayFireAbove) this.#collectAbove(path, notified);
    for (const holdings of notified) holdings.isCollected = false;
    for (const { watcher } of notified) onFire(watcher, type, path);
  }

  /**
   * Sets the watches again that a client had before it lost its connection, and fires the events that they missed. See
   * `reregister`.
   */
  reregister(
    context: RewatchContext,
    request: RewatchRequest,
    watcher: W,
    fireNow: (event: MissedEvent) => void,
  ): void {
    const watches: Rearming = {
      arm: (kind, path) => this.add(kind, path, watcher),
      hasFired: (change) => this.#isFollowedBy(watcher, change),
    };
    reregister(context, request, watches, fireNow);
  }

  /** The number of watches. Two kinds on one path count as two. */
  get count(): number {
    return this.#count;
  }

  /** The number of watched paths. */
  get pathCount(): number {
    return this.#byPath.size;
  }

  /** The number of watchers. */
  get watcherCount(): number {
    return this.#byWatcher.size;
  }

  /** The number of watches of one watcher. */
  countOf(watcher: W): number {
    return this.#byWatcher.get(watcher)?.count ?? 0;
  }

  /** The number of characters in the paths that one watcher watches. Each path is counted once. */
  pathLengthOf(watcher: W): number {
    return this.#byWatcher.get(watcher)?.pathLength ?? 0;
  }

  /**
   * Lists each watched path with its watchers. Watches that are set or removed meanwhile may be included or not. There
   * are no more paths than at the beginning, so that the list ends.
   */
  *byPath(): Generator<readonly [path: string, watchers: Iterable<W>]> {
    let left = this.#byPath.size;
    for (const [path, first] of this.#byPath) {
      if (left-- === 0) return;
      yield [path, watchersFrom(first)];
    }
  }

  /** Lists each watcher with the paths that it watches, in the same way. */
  *byWatcher(): Generator<readonly [watcher: W, paths: Iterable<string>]> {
    let left = this.#byWatcher.size;
    for (const { watcher, byPath } of this.#byWatcher.values()) {
      if (left-- === 0) return;
      yield [watcher, pathsOf(byPath)];
    }
  }

  /** Whether a persistent watch of this watcher fires at such a change. */
  #isFollowedBy(watcher: W, { type, path }: Change): boolean {
    const holdings = this.#byWatcher.get(watcher);
    const reach = reachOf(type);
    if (holdings === undefined || reach === undefined) return false;
    const bits = (holdings.byPath.get(path)?.bits ?? 0) & reach.at & PERSISTENT;
    if (bits !== 0) return true;
    if (!reach.isRecursive || this.#recursive === 0) return false;
    for (let at = path; at !== '/'; ) {
      at = parentPath(at);
      if (((holdings.byPath.get(at)?.bits ?? 0) & WatchBit.persistentRecursive) !== 0) return true;
    }
    return false;
  }

  #collectAbove(path: string, notified: Holdings<W>[]): void {
    for (let at = path; at !== '/'; ) {
      at = parentPath(at);
      for (let watch = this.#byPath.get(at); watch !== undefined; watch = watch.next) {
        if ((watch.bits & WatchBit.persistentRecursive) !== 0) collect(watch.holdings, notified);
      }
    }
  }

  /** Removes kinds from a watch, and the watch itself if it has none left. */
  #clear(watch: Watch<W>, bits: number): void {
    const { holdings } = watch;
    const cleared = watch.bits & bits;
    if (cleared === 0) return;
    watch.bits &= ~bits;
    const count = bitCount(cleared);
    holdings.count -= count;
    this.#count -= count;
    if ((cleared & WatchBit.persistentRecursive) !== 0) this.#recursive--;
    if (watch.bits !== 0) return;
    holdings.byPath.delete(watch.path);
    holdings.pathLength -= watch.path.length;
    this.#unlink(watch);
    if (holdings.byPath.size > 0) return;
    if (holdings.count !== 0 || holdings.pathLength !== 0) {
      throw new InvariantError(`${holdings.count} watches on no path are counted for a watcher`);
    }
    this.#byWatcher.delete(holdings.watcher);
    this.#check();
  }

  /** A wrong count would admit too many watches, or keep recursive watches from firing. */
  #check(): void {
    if (this.#count < this.#recursive || this.#recursive < 0) {
      throw new InvariantError(`${this.#recursive} of ${this.#count} watches are recursive`);
    }
    if (this.#byWatcher.size === 0 && (this.#count !== 0 || this.#byPath.size !== 0)) {
      throw new InvariantError(`${this.#count} watches are counted without a watcher`);
    }
  }

  #link(watch: Watch<W>): void {
    const first = this.#byPath.get(watch.path);
    if (first === undefined) {
      this.#byPath.set(watch.path, watch);
      return;
    }
    watch.previous = first;
    watch.next = first.next;
    if (first.next !== undefined) first.next.previous = watch;
    first.next = watch;
  }

  #unlink(watch: Watch<W>): void {
    const { previous, next } = watch;
    if (next !== undefined) next.previous = previous;
    if (previous !== undefined) previous.next = next;
    else if (next !== undefined) this.#byPath.set(watch.path, next);
    else this.#byPath.delete(watch.path);
  }
}

/** All watches of one watcher on one path. There may be millions of these, so every field counts. */
class Watch<W extends object> {
  readonly path: string;
  readonly holdings: Holdings<W>;
  /** A sum of `WatchBit`s; 0 only within a call. */
  bits = 0;
  previous: Watch<W> | undefined = undefined;
  next: Watch<W> | undefined = undefined;

  constructor(path: string, holdings: Holdings<W>) {
    this.path = path;
    this.holdings = holdings;
  }
}

/** One watcher's watches. */
class Holdings<W extends object> {
  readonly watcher: W;
  readonly byPath = new Map<string, Watch<W>>();
  count = 0;
  pathLength = 0;
  /** Whether it is collected already among the watchers that the present change concerns. */
  isCollected = false;

  constructor(watcher: W) {
    this.watcher = watcher;
  }
}

const PERSISTENT = WatchBit.persistent | WatchBit.persistentRecursive;

function collect<W extends object>(holdings: Holdings<W>, notified: Holdings<W>[]): void {
  if (holdings.isCollected) return;
  holdings.isCollected = true;
  notified.push(holdings);
}

function* watchersFrom<W extends object>(first: Watch<W>): Generator<W> {
  for (let watch: Watch<W> | undefined = first; watch !== undefined; watch = watch.next) {
    yield watch.holdings.watcher;
  }
}

function* pathsOf<W extends object>(byPath: ReadonlyMap<string, Watch<W>>): Generator<string> {
  let left = byPath.size;
  for (const path of byPath.keys()) {
    if (left-- === 0) return;
    yield path;
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
