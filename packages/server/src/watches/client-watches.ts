import {
  AddWatchMode,
  type ListChildrenRequest,
  OpCode,
  type PathWatchRequest,
  Permission,
  ZXID_ZERO,
} from '@conclave/protocol';
import {
  type Applied,
  type Credentials,
  EventHistory,
  type EventHistoryLimits,
  type RewatchRequest,
  type SharedAcl,
  type Tree,
  WatchTable,
  watchKindOf,
} from '@conclave/tree';
import type { Clock } from '../environment/environment.ts';
import type { ServerStats } from '../stats/server-stats.ts';
import { EventFrame } from './event-frame.ts';

/** A connection as the watches know it. */
export interface Watcher {
  readonly sessionId: number;
  readonly credentials: Credentials;
  readonly isClosed: boolean;
  notify(event: EventFrame): void;
}

/** How much of a turn goes into telling those who came back what they missed; the others' turn comes next. */
const CATCH_UP_MS = 8;

/**
 * The watches of all clients of this server, and what it remembers of late changes for those who come back. Nobody
 * is told of a node that he may not read (CVE-2024-23944): of a node that was removed by the ACL that it had.
 */
export class ClientWatches<W extends Watcher> {
  readonly #table = new WatchTable<W>();
  readonly #limits: EventHistoryLimits;
  readonly #clock: Clock;
  readonly #stats: ServerStats;
  readonly #waiting = new Set<W>();
  #history: EventHistory;
  #catchUpMs = 0;

  constructor(limits: EventHistoryLimits, clock: Clock, stats: ServerStats) {
    this.#limits = limits;
    this.#clock = clock;
    this.#stats = stats;
    this.#history = new EventHistory(ZXID_ZERO, limits);
  }

  get table(): WatchTable<W> {
    return this.#table;
  }

  get history(): Pick<EventHistory, 'bytes' | 'changeCount' | 'floor'> {
    return this.#history;
  }

  /** What was before this state is not known: the history begins with the transactions after it. */
  begin(tree: Tree): void {
    this.#history = new EventHistory(tree.lastZxid, this.#limits);
  }

  /** Tells of a transaction's changes. */
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

  /** Leaves a watch as the read's outcome asks. */
  leave(connection: W, request: PathWatchRequest | ListChildrenRequest, error: number): void {
    const kind = watchKindOf(request, error);
    if (kind !== undefined) this.#table.add(kind, request.path, connection);
  }

  /** Sets a watch that stays. False: there is no such mode. */
  add(connection: W, path: string, mode: number): boolean {
    if (mode === AddWatchMode.persistent) this.#table.add('persistent', path, connection);
    else if (mode === AddWatchMode.persistentRecursive)
      this.#table.add('persistentRecursive', path, connection);
    else return false;
    return true;
  }

  has(connection: W, path: string, type: number): boolean {
    return this.#table.has(type, path, connection);
  }

  remove(connection: W, path: string, type: number): boolean {
    return this.#table.remove(type, path, connection);
  }

  countOf(connection: W): number {
    return this.#table.countOf(connection);
  }

  pathLengthOf(connection: W): number {
    return this.#table.pathLengthOf(connection);
  }

  /**
   * Whether there is time left in this turn to tell this client what it missed. If not, its requests are worked on
   * in a later one: after the loss of a server all its clients come at once.
   */
  mayCatchUp(connection: W): boolean {
    if (this.#catchUpMs < CATCH_UP_MS) return true;
    this.#waiting.add(connection);
    return false;
  }

  /** Begins a turn; returns those who waited for it. */
  takeWaiting(): readonly W[] {
    this.#catchUpMs = 0;
    if (this.#waiting.size === 0) return NOBODY;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  get anyWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Sets a returning client's watches again, and tells what they missed. */
  reregister(connection: W, request: RewatchRequest, tree: Tree): void {
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
    // An event that could not be written has ended the connection, and others of its watches were set after that.
    if (connection.isClosed) this.#table.removeWatcher(connection);
    this.#catchUpMs += this.#clock.monotonicMs() - startMs;
  }

  connectionClosed(connection: W): void {
    this.#waiting.delete(connection);
    this.#table.removeWatcher(connection);
  }
}

const NOBODY: readonly never[] = [];

function followsAny(request: RewatchRequest): boolean {
  return (
    request.op !== OpCode.setWatches && request.persistent.length + request.persistentRecursive.length > 0
  );
}

function mayRead({ credentials }: Watcher, acl: SharedAcl): boolean {
  return acl.permits(Permission.read, credentials);
}
