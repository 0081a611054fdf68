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

/** ZooKeeper's servers read no larger frame than 1 MiB; what is told again comes in order only from one request. */
const REARM_BYTES_MAX = 512 * 1024;

export type RearmRequest = SetWatches2Request | SetNativeWatchesRequest;

/**
 * The persistent watches of a session and who listens to them. Each remembers what it has told, so that nothing is
 * told twice when a server that the client comes back to tells what may have been lost on the way.
 */
export class EventWatches {
  readonly #persistent = new Map<string, EventWatchEntry>();
  readonly #recursive = new Map<string, EventWatchEntry>();

  /** The watch of this kind on this path; made when there is none. */
  entry(path: string, recursive: boolean): EventWatchEntry {
    const entries = recursive ? this.#recursive : this.#persistent;
    let entry = entries.get(path);
    if (entry === undefined) {
      entry = new EventWatchEntry(path, recursive);
      entries.set(path, entry);
    }
    return entry;
  }

  /** Nobody listens to it any more. */
  remove(entry: EventWatchEntry): void {
    const entries = entry.recursive ? this.#recursive : this.#persistent;
    if (entries.get(entry.path) === entry) entries.delete(entry.path);
  }

  /** Those who are to hear of what the server has told, each with what it is to be told. */
  take(type: number, path: string, zxid: Zxid | undefined): EventListener[] {
    const listeners: EventListener[] = [];
    const hear = (entry: EventWatchEntry | undefined) => {
      if (entry?.accepts(type, path, zxid)) listeners.push(...entry.listeners);
    };
    hear(this.#persistent.get(path));
    if (this.#recursive.size === 0 || treeEventOf(type, path, zxid)?.type === 'childrenChanged')
      return listeners;
    hear(this.#recursive.get(path));
    for (let at = path; at !== '/'; ) {
      at = parentPath(at);
      hear(this.#recursive.get(at));
    }
    return listeners;
  }

  /** What the watches on `path` missed is not known. */
  takeGap(path: string, zxid: Zxid): EventListener[] {
    return [this.#persistent.get(path), this.#recursive.get(path)].flatMap((entry) => {
      entry?.complete(zxid);
      return entry === undefined ? [] : [...entry.listeners];
    });
  }

  /**
   * The requests that arm everything again at another server, in pieces that fit. `relativeZxid` is the last
   * transaction of which every event has arrived.
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

  /** All that was told came up to `zxid`. */
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

/** One watch that the server has, or is asked for. */
export class EventWatchEntry {
  readonly path: string;
  readonly recursive: boolean;
  readonly listeners = new Set<EventListener>();
  /** The server has it: it is to be armed again at the next one. */
  isArmed = false;
  /** Everything up to this transaction was told. */
  #completeTo: Zxid = ZXID_ZERO;
  /** The newest transaction of which something was told, and what. */
  #newest: Zxid = ZXID_ZERO;
  #told: string[] = [];
  /** What of it may be told again by the next server. */
  #repetitions: string[] = [];

  constructor(path: string, recursive: boolean) {
    this.path = path;
    this.recursive = recursive;
  }

  /** Whether an event is news. Those of a server without zxids all are. */
  accepts(type: number, path: string, zxid: Zxid | undefined): boolean {
    if (zxid === undefined) return true;
    if (zxid <= this.#completeTo || zxid < this.#newest) return false;
    const event = `${type} ${path}`;
    if (zxid > this.#newest) {
      this.#newest = zxid;
      this.#told = [event];
      this.#repetitions = [];
      return true;
    }
    const at = this.#repetitions.indexOf(event);
    if (at >= 0) {
      this.#repetitions.splice(at, 1);
      return false;
    }
    this.#told.push(event);
    return true;
  }

  complete(zxid: Zxid): void {
    if (zxid > this.#completeTo) this.#completeTo = zxid;
  }

  /** A transaction may have been told of in part when the connection broke; the next server begins with it. */
  expectRepetitions(): void {
    this.#repetitions = [...this.#told];
  }
}
