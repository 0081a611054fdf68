import {
  AddWatchMode,
  type ListChildrenRequest,
  OpCode,
  type PathWatchRequest,
  Permission,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import {
  type Applied,
  type Credentials,
  EventHistory,
  type RewatchRequest,
  type SharedAcl,
  type Tree,
  WatchTable,
  watchKindOf,
} from '@conclave/tree';
import type { Limits } from '../config/limits.ts';
import type { Clock } from '../environment/environment.ts';
import type { ServerStats } from '../stats/server-stats.ts';
import { EventFrame } from './event-frame.ts';

/** A connection as the watches know it. */
export interface Watcher {
  readonly sessionId: number;
  readonly credentials: Credentials;
  readonly isClosed: boolean;
  notify(event: EventFrame): void;
  /** Answers what can be answered by now. */
  work(): void;
}

/** Limits of the watches of a client and of the history of changes. */
export type WatchLimits = Pick<
  Limits,
  'watchesPerConnectionMax' | 'watchBytesPerConnectionMax' | 'eventHistoryMax' | 'eventHistoryBytesMax'
>;

/** Time per turn spent on sending clients that came back what they missed. The rest of them wait for the next turn. */
const CATCH_UP_MS = 8;

/**
 * The watches of all clients of this server, and the history of recent changes for clients that come back. A client
 * gets no event of a node that it may not read (CVE-2024-23944). For a removed node its last ACL decides.
 */
export class ClientWatches {
  readonly #table = new WatchTable<Watcher>();
  readonly #limits: WatchLimits;
  readonly #clock: Clock;
  readonly #stats: ServerStats;
  readonly #waiting = new Set<Watcher>();
  #history: EventHistory;
  #catchUpMs = 0;

  constructor(limits: WatchLimits, clock: Clock, stats: ServerStats) {
    this.#limits = limits;
    this.#clock = clock;
    this.#stats = stats;
    this.#history = newHistory(ZXID_ZERO, limits);
  }

  get table(): WatchTable<Watcher> {
    return this.#table;
  }

  get history(): Pick<EventHistory, 'bytes' | 'changeCount' | 'floor'> {
    return this.#history;
  }

  /** Starts the history at this state. The changes before it are not known. */
  begin(tree: Tree): void {
    this.#history = newHistory(tree.lastZxid, this.#limits);
  }

  /** Adds a transaction's changes to the history and sends their events. */
  applied({ zxid, changes }: Applied): void {
    if (changes.length === 0) return;
    this.#history.append(zxid, changes);
    if (this.#table.count === 0) return;
    for (const change of changes) {
      let frame: EventFrame | undefined;
      this.#table.trigger(change, (connection, type, path) => {
        if (!mayRead(connection, change.acl)) return;
        frame ??= new EventFrame(type, path, zxid);
        connection.notify(frame);
        this.#stats.watchesFired++;
      });
    }
  }

  /** Sets the watch that a read asked for. Its kind depends on the outcome of the read. */
  leave(connection: Watcher, request: PathWatchRequest | ListChildrenRequest, error: number): void {
    const kind = watchKindOf(request, error);
    if (kind !== undefined) this.#table.add(kind, request.path, connection);
  }

  /** Sets a persistent watch. Returns false if the mode is unknown. */
  add(connection: Watcher, path: string, mode: number): boolean {
    if (mode === AddWatchMode.persistent) this.#table.add('persistent', path, connection);
    else if (mode === AddWatchMode.persistentRecursive)
      this.#table.add('persistentRecursive', path, connection);
    else return false;
    return true;
  }

  has(connection: Watcher, path: string, type: number): boolean {
    return this.#table.has(type, path, connection);
  }

  remove(connection: Watcher, path: string, type: number): boolean {
    return this.#table.remove(type, path, connection);
  }

  /** Whether this connection may set so many more watches, on paths that are together so long. */
  mayAdd(connection: Watcher, more: number, pathLength: number): boolean {
    const { watchesPerConnectionMax, watchBytesPerConnectionMax } = this.#limits;
    return (
      this.#table.countOf(connection) + more <= watchesPerConnectionMax &&
      this.#table.pathLengthOf(connection) + pathLength <= watchBytesPerConnectionMax
    );
  }

  /**
   * Whether there is time left in this turn to send this client what it missed. If not, its requests wait for a later
   * turn, because all clients of a lost server come back at the same time.
   */
  mayCatchUp(connection: Watcher): boolean {
    if (this.#catchUpMs < CATCH_UP_MS) return true;
    this.#waiting.add(connection);
    return false;
  }

  /** Begins a turn. Returns the connections that waited for it. */
  takeWaiting(): readonly Watcher[] {
    this.#catchUpMs = 0;
    if (this.#waiting.size === 0) return NONE;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  get anyWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Sets the watches of a client that came back, and sends the events that they missed. */
  reregister(connection: Watcher, request: RewatchRequest, tree: Tree): void {
    const startMs = this.#clock.monotonicMs();
    const history = this.#history;
    if (followsAny(request) && request.relativeZxid < history.floor) this.#stats.watchGaps++;
    const mayReadAcl = (acl: SharedAcl) => mayRead(connection, acl);
    this.#table.reregister(
      { tree, history, mayRead: mayReadAcl },
      request,
      connection,
      ({ type, path, zxid }) => {
        connection.notify(new EventFrame(type, path, zxid));
        this.#stats.watchesFired++;
      },
    );
    // If an event could not be written, the connection has ended, but watches may have been set after that.
    if (connection.isClosed) this.#table.removeWatcher(connection);
    this.#catchUpMs += this.#clock.monotonicMs() - startMs;
  }

  connectionClosed(connection: Watcher): void {
    this.#waiting.delete(connection);
    this.#table.removeWatcher(connection);
  }
}

function newHistory(floor: Zxid, { eventHistoryMax, eventHistoryBytesMax }: WatchLimits): EventHistory {
  return new EventHistory(floor, { changesMax: eventHistoryMax, bytesMax: eventHistoryBytesMax });
}

const NONE: readonly never[] = [];

function followsAny(request: RewatchRequest): boolean {
  return (
    request.op !== OpCode.setWatches && request.persistent.length + request.persistentRecursive.length > 0
  );
}

function mayRead({ credentials }: Watcher, acl: SharedAcl): boolean {
  return acl.permits(Permission.read, credentials);
}
