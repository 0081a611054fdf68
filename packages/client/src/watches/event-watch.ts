import { AddWatchMode, OpCode, WatcherType } from '@conclave/protocol';
import { EventStream } from '../events/event-stream.ts';
import type { Failure } from '../events/readers.ts';
import { RingBuffer } from '../events/ring-buffer.ts';
import type { EventListener, EventWatchEntry } from './event-watches.ts';
import type { TreeEvent } from './tree-event.ts';
import type { WatchingSession } from './watching-session.ts';

/** How many events may wait for a slow reader by default. */
export const EVENTS_WAITING_MAX = 10_000;

/**
 * Reports every change of a node, or of a whole subtree, one by one and in order, by a watch that stays on the
 * server.
 *
 * With Conclave's servers no change is lost or reported twice when the connection breaks or the client moves to
 * another server. If the new server no longer knows what was missed, a `gap` takes its place. ZooKeeper's servers do
 * not keep what happened while the client was disconnected, so against them every reconnection is a gap.
 *
 * It can be read once: as an async iterator, or by `subscribe`. When more events wait for a slow reader than may
 * wait, a `gap` takes their place. Leaving a `for await` ends the watch and removes it from the server.
 *
 * Reading fails with the reason of a signal that aborts, with the session's error when the session is over, and with
 * the server's error if the server refuses the watch (THROTTLED_OP). It does not fail because a connection broke.
 */
export class EventWatch extends EventStream<TreeEvent> {
  readonly #session: WatchingSession;
  readonly #entry: EventWatchEntry;
  readonly #waitingMax: number;
  readonly #waiting = new RingBuffer<TreeEvent>();
  readonly #listener: EventListener;

  /** @internal Sends the request for the watch at once. The watch ends when one of `signals` aborts. */
  constructor(
    session: WatchingSession,
    path: string,
    recursive: boolean,
    waitingMax: number,
    signals: readonly (AbortSignal | undefined)[],
  ) {
    super();
    this.#session = session;
    this.#entry = session.watches.staying.entry(path, recursive);
    this.#waitingMax = waitingMax;
    this.#listener = {
      onEvent: (event) => this.#push(event),
      onFailure: (error) => this.end({ error }),
    };
    this.#listen();
    this.endWith(signals);
  }

  protected override takeNext(): TreeEvent | undefined {
    return this.#waiting.shift();
  }

  protected override letGo(failure: Failure | undefined): void {
    if (failure === undefined) this.#waiting.drain();
    this.#unlisten();
  }

  #listen(): void {
    const entry = this.#entry;
    const isFirst = entry.listeners.size === 0;
    entry.listeners.add(this.#listener);
    if (!isFirst) return;
    const { path, recursive } = entry;
    const mode = recursive ? AddWatchMode.persistentRecursive : AddWatchMode.persistent;
    this.#session.perform({ op: OpCode.addWatch, path, mode }, {}).then(
      ({ zxid }) => {
        entry.isArmed = true;
        entry.complete(zxid);
      },
      (error: unknown) => {
        this.#session.watches.staying.remove(entry);
        for (const listener of [...entry.listeners]) listener.onFailure(error);
      },
    );
  }

  #unlisten(): void {
    const { path, recursive, listeners } = this.#entry;
    if (!listeners.delete(this.#listener) || listeners.size > 0) return;
    this.#session.watches.staying.remove(this.#entry);
    if (this.#session.signal.aborted) return;
    const type = recursive ? WatcherType.persistentRecursive : WatcherType.persistent;
    // An error means that the server has lost the watch already, which is just as good.
    this.#session.perform({ op: OpCode.removeWatches, path, type }, {}).catch(() => {});
  }

  #push(event: TreeEvent): void {
    if (this.isAwaited) {
      this.give(event);
      return;
    }
    if (this.#waiting.length < this.#waitingMax) {
      this.#waiting.push(event);
      return;
    }
    this.#waiting.drain();
    const { path } = this.#entry;
    this.#waiting.push({ type: 'gap', path, zxid: event.zxid ?? this.#session.lastZxid });
  }
}
