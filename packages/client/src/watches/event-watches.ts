import {
  InvariantError,
  OpCode,
  parentPath,
  type SetNativeWatchesRequest,
  type SetWatches2Request,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import { type TreeEvent, treeEventOf } from './tree-event.ts';

export interface EventListener {
  onEvent(event: TreeEvent): void;
  /** The watch could not be set. */
  onFailure(error: unknown): void;
}

/**
 * ZooKeeper's servers read no frame above 1 MiB. Within that the pieces are large, because only the events that are
 * sent again for one request are in order.
 */
const REARM_BYTES_MAX = 512 * 1024;

export type RearmRequest = SetWatches2Request | SetNativeWatchesRequest;

/**
 * The persistent watches of a session and their listeners. Each watch remembers which events it has delivered. After a
 * reconnection the server sends every event again that may have been lost, and none must be delivered twice.
 */
export class EventWatches {
  readonly #persistent = new Map<string, EventWatchEntry>();
  readonly #recursive = new Map<string, EventWatchEntry>();

  /** Returns the watch of this kind on this path, and makes it if there is none. */
  entry(path: string, recursive: boolean): EventWatchEntry {
    const entries = recursive ? this.#recursive : this.#persistent;
    let entry = entries.get(path);
    if (entry === undefined) {
      entry = new EventWatchEntry(path, recursive);
      entries.set(path, entry);
    }
    return entry;
  }

  /** Forgets a watch that has no listeners any more. */
  remove(entry: EventWatchEntry): void {
    const entries = entry.recursive ? this.#recursive : this.#persistent;
    if (entries.get(entry.path) === entry) entries.delete(entry.path);
  }

  /** Returns the listeners to which an event of the server is news. */
  take(type: number, path: string, zxid: Zxid | undefined): EventListener[] {
    const listeners: EventListener[] = [];
    const collect = (entry: EventWatchEntry | undefined) => {
      if (entry?.accepts(type, path, zxid)) listeners.push(...entry.listeners);
    };
    collect(this.#persistent.get(path));
    if (this.#recursive.size === 0 || treeEventOf(type, path, zxid)?.type === 'childrenChanged')
      return listeners;
    collect(this.#recursive.get(path));
    for (let at = path; at !== '/'; ) {
      at = parentPath(at);
      collect(this.#recursive.get(at));
    }
    return listeners;
  }

  /** Returns the listeners of the watches on `path`, of which it is not known what they missed. */
  takeGap(path: string, zxid: Zxid): EventListener[] {
    return [this.#persistent.get(path), this.#recursive.get(path)].flatMap((entry) => {
      entry?.complete(zxid);
      return entry === undefined ? [] : [...entry.listeners];
    });
  }

  /**
   * Returns the requests that set all watches again at another server, in pieces that fit into a frame.
   * `relativeZxid` is the last transaction of which every event has arrived.
   */
  rearm(relativeZxid: Zxid, native: boolean): RearmRequest[] {
    const requests: RearmRequest[] = [];
    let persistent: string[] = [];
    let persistentRecursive: string[] = [];
    let bytes = 0;
    const finish = () => {
      const lists = { relativeZxid, data: [], exist: [], child: [], persistent, persistentRecursive };
      requests.push(
        native ? { op: OpCode.setNativeWatches, ...lists, holder: [] } : { op: OpCode.setWatches2, ...lists },
      );
      persistent = [];
      persistentRecursive = [];
      bytes = 0;
    };
    for (const { path, recursive } of this.#armed()) {
      // A character is at most three bytes of UTF-8 (a surrogate pair, two characters, is four).
      const pathBytes = 4 + path.length * 3;
      if (bytes > 0 && bytes + pathBytes > REARM_BYTES_MAX) finish();
      (recursive ? persistentRecursive : persistent).push(path);
      bytes += pathBytes;
    }
    if (bytes > 0) finish();
    return requests;
  }

  /** Every event up to `zxid` was delivered. */
  complete(zxid: Zxid): void {
    for (const entry of this.#armed()) entry.complete(zxid);
  }

  handleConnectionLost(): void {
    for (const entry of this.#armed()) entry.expectRepetitions();
  }

  clear(): void {
    this.#persistent.clear();
    this.#recursive.clear();
  }

  *#armed(): Generator<EventWatchEntry> {
    for (const entries of [this.#persistent, this.#recursive]) {
      for (const entry of entries.values()) {
        if (entry.listeners.size === 0)
          throw new InvariantError(`a watch on ${entry.path} without a listener`);
        if (entry.isArmed) yield entry;
      }
    }
  }
}

/** One watch that the server has or was asked for. */
export class EventWatchEntry {
  readonly path: string;
  readonly recursive: boolean;
  readonly listeners = new Set<EventListener>();
  /** Whether the server has the watch, so that it must be set again at the next server. */
  isArmed = false;
  /** Every event up to this transaction was delivered. */
  #completeTo: Zxid = ZXID_ZERO;
  /** The newest transaction of which an event was delivered, and its events. */
  #newest: Zxid = ZXID_ZERO;
  #delivered: string[] = [];
  /** Those events of it that the next server may send again. */
  #repetitions: string[] = [];

  constructor(path: string, recursive: boolean) {
    this.path = path;
    this.recursive = recursive;
  }

  /** Returns whether an event is news. Without a zxid every event is, because nothing can be compared. */
  accepts(type: number, path: string, zxid: Zxid | undefined): boolean {
    if (zxid === undefined) return true;
    if (zxid <= this.#completeTo || zxid < this.#newest) return false;
    const event = `${type} ${path}`;
    if (zxid > this.#newest) {
      this.#newest = zxid;
      this.#delivered = [event];
      this.#repetitions = [];
      return true;
    }
    const at = this.#repetitions.indexOf(event);
    if (at >= 0) {
      this.#repetitions.splice(at, 1);
      return false;
    }
    this.#delivered.push(event);
    return true;
  }

  complete(zxid: Zxid): void {
    if (zxid > this.#completeTo) this.#completeTo = zxid;
  }

  /** The connection may have broken amid the events of a transaction; the next server begins with that transaction. */
  expectRepetitions(): void {
    this.#repetitions = [...this.#delivered];
  }
}
