import {
  ErrorNumber,
  EventType,
  OpCode,
  type Request,
  type SetNativeWatchesRequest,
  type SetWatchesRequest,
  type Zxid,
} from '@conclave/protocol';

/** What a one-shot watch waits for. `exist` is for a node that does not exist yet. */
export type WatchTable = 'data' | 'exist' | 'child' | 'holder';

/** The zxid is undefined if the server does not send it (ZooKeeper before 3.9). */
export type WatchCallback = (type: EventType, zxid: Zxid | undefined) => void;

/** ZooKeeper's clients split at this many bytes of paths, and its servers read no frame above 1 MiB. */
const REARM_BYTES_MAX = 128 * 1024;

/**
 * The one-shot watches that are set, as ZooKeeper's client keeps them: which event takes which watch away, and what to
 * send to a server after a reconnection so that no change in between goes unnoticed.
 */
export class WatchRegistry {
  readonly #tables: Readonly<Record<WatchTable, Map<string, Set<WatchCallback>>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
    holder: new Map(),
  };

  add(table: WatchTable, path: string, callback: WatchCallback): void {
    const watches = this.#tables[table];
    const callbacks = watches.get(path);
    if (callbacks === undefined) watches.set(path, new Set([callback]));
    else callbacks.add(callback);
  }

  /** Forgets a watch. The server keeps it, and its one event will find no callback here. */
  remove(path: string, callback: WatchCallback): void {
    for (const watches of Object.values(this.#tables)) {
      const callbacks = watches.get(path);
      if (callbacks?.delete(callback) && callbacks.size === 0) watches.delete(path);
    }
  }

  /** Removes the watches that an event of `type` at `path` fires, and returns each of their callbacks once. */
  take(type: number, path: string): ReadonlySet<WatchCallback> {
    switch (type) {
      case EventType.nodeCreated:
      case EventType.nodeDataChanged:
        return this.#take(path, ['data', 'exist']);
      case EventType.nodeDeleted:
        return this.#take(path, ['data', 'exist', 'child']);
      case EventType.nodeChildrenChanged:
        return this.#take(path, ['child']);
      case EventType.holderChanged:
        return this.#take(path, ['holder']);
      default:
        return none;
    }
  }

  /**
   * Returns the requests that set all watches again at another server, in pieces that fit into a frame.
   * `relativeZxid` is the last zxid that this session has seen in a reply. Events come before the replies that could
   * reveal them, so every event up to it has arrived.
   */
  rearm(relativeZxid: Zxid, native: boolean): (SetWatchesRequest | SetNativeWatchesRequest)[] {
    const requests: (SetWatchesRequest | SetNativeWatchesRequest)[] = [];
    let lists = emptyLists();
    let bytes = 0;
    const finish = () => {
      const { holder, ...classic } = lists;
      requests.push(
        native
          ? {
              op: OpCode.setNativeWatches,
              relativeZxid,
              ...classic,
              persistent: [],
              persistentRecursive: [],
              holder,
            }
          : { op: OpCode.setWatches, relativeZxid, ...classic },
      );
      lists = emptyLists();
      bytes = 0;
    };
    for (const table of ['data', 'exist', 'child', 'holder'] as const) {
      for (const path of this.#tables[table].keys()) {
        // A character is at most three bytes of UTF-8 (a surrogate pair, two characters, is four).
        const pathBytes = 4 + path.length * 3;
        if (bytes > 0 && bytes + pathBytes > REARM_BYTES_MAX) finish();
        lists[table].push(path);
        bytes += pathBytes;
      }
    }
    if (bytes > 0) finish();
    return requests;
  }

  clear(): void {
    for (const watches of Object.values(this.#tables)) watches.clear();
  }

  #take(path: string, tables: readonly WatchTable[]): ReadonlySet<WatchCallback> {
    let taken: Set<WatchCallback> | undefined;
    for (const table of tables) {
      const watches = this.#tables[table];
      const callbacks = watches.get(path);
      if (callbacks === undefined) continue;
      watches.delete(path);
      if (taken === undefined) taken = callbacks;
      else for (const callback of callbacks) taken.add(callback);
    }
    return taken ?? none;
  }
}

/** Returns which watch an answer with `error` has set, if the request asked for one. */
export function watchTableOf(
  request: Request,
  error: number,
): { name: WatchTable; path: string } | undefined {
  if (error !== ErrorNumber.OK && error !== ErrorNumber.NO_NODE) return undefined;
  const exists = error === ErrorNumber.OK;
  switch (request.op) {
    case OpCode.exists:
      return { name: exists ? 'data' : 'exist', path: request.path };
    case OpCode.getData:
      return exists ? { name: 'data', path: request.path } : undefined;
    case OpCode.getChildren:
    case OpCode.getChildren2:
      return exists ? { name: 'child', path: request.path } : undefined;
    case OpCode.lineHolder:
      return exists ? { name: 'holder', path: request.path } : undefined;
    default:
      return undefined;
  }
}

const none: ReadonlySet<WatchCallback> = new Set();

function emptyLists(): Record<WatchTable, string[]> {
  return { data: [], exist: [], child: [], holder: [] };
}
