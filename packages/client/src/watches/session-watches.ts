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

/** All watches of a session, and up to which transaction their events have arrived. */
export class SessionWatches {
  /** The one-shot watches. */
  readonly oneShot = new WatchRegistry();
  /** The persistent watches. */
  readonly staying = new EventWatches();
  #completeZxid: Zxid = ZXID_ZERO;
  /** The requests that set watches again and have no answer yet. Until then older events may follow newer ones. */
  #rearming = 0;

  /** Every event up to this transaction has arrived, as far as it concerns this session. */
  get completeZxid(): Zxid {
    return this.#completeZxid;
  }

  /** A server has sent `zxid` behind all its events up to that transaction. */
  handleComplete(zxid: Zxid): void {
    if (this.#rearming === 0 && zxid > this.#completeZxid) this.#completeZxid = zxid;
  }

  /** Keeps the watch that an answer with `error` has set, if the request asked for one. */
  handleAnswer(request: Request, error: number, callback: WatchCallback): void {
    const table = watchTableOf(request, error);
    if (table !== undefined) this.oneShot.add(table.name, table.path, callback);
  }

  /** Delivers an event. Its zxid is undefined if the server does not send it (ZooKeeper before 3.9). */
  handleEvent(type: number, path: string, zxid: Zxid | undefined, native: boolean): void {
    if (type === EventType.gap) {
      this.#deliverGap(path, zxid ?? this.#completeZxid);
      return;
    }
    for (const callback of this.oneShot.take(type, path)) callGuarded(callback, type as EventType, zxid);
    const event = treeEventOf(type, path, zxid);
    if (event === undefined) return;
    for (const { onEvent } of this.staying.take(type, path, zxid)) onEvent(event);
    // The same transaction may have more events.
    if (native && zxid !== undefined) this.handleComplete((zxid - 1) as Zxid);
  }

  handleConnectionLost(): void {
    this.#rearming = 0;
    this.staying.handleConnectionLost();
  }

  /** Returns the requests that set all watches again at another server, to be sent before all others. */
  rearm(native: boolean): RearmRequest[] {
    if (this.#rearming !== 0)
      throw new InvariantError(`${this.#rearming} requests set watches again already`);
    const staying = this.staying.rearm(this.#completeZxid, native);
    const requests = [...staying, ...this.oneShot.rearm(this.#completeZxid, native)];
    this.#rearming = requests.length;
    // ZooKeeper's servers do not send what was missed, and the events for several requests are not in one order.
    const incomplete = native ? staying.slice(1) : staying;
    for (const { persistent, persistentRecursive } of incomplete) {
      for (const path of new Set([...persistent, ...persistentRecursive]))
        this.#deliverGap(path, this.#completeZxid);
    }
    return requests;
  }

  /** One of these requests was answered, behind its events. Throws `ProtocolError` if none waits for an answer. */
  handleRearmed(zxid: Zxid, native: boolean): void {
    if (this.#rearming === 0)
      throw new ProtocolError(
        'BAD_RECORD',
        'the server answered a request to set watches again that was not sent',
      );
    this.#rearming--;
    if (!native) return;
    this.staying.complete(zxid);
    this.handleComplete(zxid);
  }

  clear(): void {
    this.oneShot.clear();
    this.staying.clear();
  }

  #deliverGap(path: string, zxid: Zxid): void {
    const gap = { type: 'gap', path, zxid } as const;
    for (const { onEvent } of this.staying.takeGap(path, zxid)) onEvent(gap);
  }
}
