import { AddWatchMode, OpCode, WatcherType } from '@conclave/protocol';
import { EventStream } from '../events/event-stream.ts';
import type { Failure } from '../events/readers.ts';
import { RingBuffer } from '../events/ring-buffer.ts';
import type { EventListener, EventWatchEntry } from './event-watches.ts';
import type { TreeEvent } from './tree-event.ts';
import type { WatchingSession } from './watching-session.ts';

/** How many events wait for a slow reader unless told otherwise. */
export const EVENTS_WAITING_MAX = 10_000;

/**
 * Tells every change of a node, or of a whole subtree, one by one and in order, by a watch that stays on the server.
 * On Conclave nothing is lost or told twice when the connection breaks or the client moves to another server; where
 * a server no longer knows what was missed a `gap` says so. ZooKeeper's servers forget what happened while nobody was
 * connected, so that every reconnection is a gap there.
 *
 * It can be read once: as an async iterator, or by `subscribe`. A reader that falls behind by more events than may
 * wait is told a `gap` in their place. Leaving a `for await` ends it, and takes the watch from the server.
 *
 * Reading fails with the signal's reason when that aborts, with the session's error when the session is over, and with
 * the server's when it refuses the watch (THROTTLED_OP); never because a connection broke.
 */
export class EventWatch extends EventStream<TreeEvent> {
  readonly #session: WatchingSession;
  readonly #entry: EventWatchEntry;
  readonly #waitingMax: number;
  readonly #waiting = new RingBuffer<TreeEvent>();
  readonly #listener: EventListener;

  /** Asks for the watch at once. It ends when one of `signals` aborts. */
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
    // Where the server has lost it by now, that is as good.
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
