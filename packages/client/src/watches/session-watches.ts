import {
  EventType,
  InvariantError,
  ProtocolError,
  type Request,
  type SetNativeWatchesRequest,
  type SetWatches2Request,
  type SetWatchesRequest,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import { callGuarded } from '../events/listeners.ts';
import { EventWatches } from './event-watches.ts';
import { treeEventOf } from './tree-event.ts';
import { type WatchCallback, WatchRegistry, watchTableOf } from './watch-registry.ts';

type RearmRequest = SetWatchesRequest | SetWatches2Request | SetNativeWatchesRequest;

/** All watches of a session, and how far it has been told of what they wait for. */
export class SessionWatches {
  /** Those that fire once. */
  readonly oneShot = new WatchRegistry();
  /** Those that stay. */
  readonly staying = new EventWatches();
  #toldZxid: Zxid = ZXID_ZERO;
  /** Requests that set watches again and are not answered: until then events come that are older than others. */
  #rearming = 0;

  /** Every event of a transaction up to this one has arrived, as far as it concerns this session. */
  get toldZxid(): Zxid {
    return this.#toldZxid;
  }

  /** A server tells, behind all its events up to `zxid`, that it has got there. */
  handleTold(zxid: Zxid): void {
    if (this.#rearming === 0 && zxid > this.#toldZxid) this.#toldZxid = zxid;
  }

  /** Leaves the watch that an answer with `error` has armed, if the request asked for one. */
  handleAnswer(request: Request, error: number, callback: WatchCallback): void {
    const table = watchTableOf(request, error);
    if (table !== undefined) this.oneShot.add(table.name, table.path, callback);
  }

  /** The zxid is `undefined` when the server does not tell it (ZooKeeper before 3.9). */
  handleEvent(type: number, path: string, zxid: Zxid | undefined, native: boolean): void {
    if (type === EventType.gap) {
      this.#tellGap(path, zxid ?? this.#toldZxid);
      return;
    }
    for (const callback of this.oneShot.take(type, path)) callGuarded(callback, type as EventType, zxid);
    const event = treeEventOf(type, path, zxid);
    if (event === undefined) return;
    for (const { onEvent } of this.staying.take(type, path, zxid)) onEvent(event);
    // The transaction may have more to tell.
    if (native && zxid !== undefined) this.handleTold((zxid - 1) as Zxid);
  }

  handleConnectionLost(): void {
    this.#rearming = 0;
    this.staying.handleConnectionLost();
  }

  /** The requests that set everything again at another server, to be sent before any other. */
  rearm(native: boolean): RearmRequest[] {
    if (this.#rearming !== 0)
      throw new InvariantError(`${this.#rearming} requests set watches again already`);
    const staying = this.staying.rearm(this.#toldZxid, native);
    const requests = [...staying, ...this.oneShot.rearm(this.#toldZxid, native)];
    this.#rearming = requests.length;
    // A ZooKeeper tells nothing of what was missed, and several requests' answers are not in one order.
    const untold = native ? staying.slice(1) : staying;
    for (const { persistent, persistentRecursive } of untold) {
      for (const path of new Set([...persistent, ...persistentRecursive]))
        this.#tellGap(path, this.#toldZxid);
    }
    return requests;
  }

  /** One of these requests was answered, behind what it had to tell. Throws `ProtocolError` when none was asked. */
  handleRearmed(zxid: Zxid, native: boolean): void {
    if (this.#rearming === 0)
      throw new ProtocolError('BAD_RECORD', 'an answer to watches that were not set again');
    this.#rearming--;
    if (!native) return;
    this.staying.complete(zxid);
    this.handleTold(zxid);
  }

  clear(): void {
    this.oneShot.clear();
    this.staying.clear();
  }

  #tellGap(path: string, zxid: Zxid): void {
    const gap = { type: 'gap', path, zxid } as const;
    for (const { onEvent } of this.staying.takeGap(path, zxid)) onEvent(gap);
  }
}
