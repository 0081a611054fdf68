import { EventStream } from '../events/event-stream.ts';
import { type ChangeEvent, changesBetween, type NodeState, type WatchKind } from './watch-event.ts';

/** How a node is read: one read that leaves a one-shot watch behind. */
export interface WatchSource {
  readonly kind: WatchKind;
  /** Reads the node. `onFire` is called once, when the state that was read has changed. */
  look(onFire: () => void, signal: AbortSignal): Promise<NodeState>;
  /** Forgets a watch that has not fired. */
  forget(onFire: () => void): void;
}

/**
 * Follows one node with one-shot watches. It reads the node, waits for the watch to fire, reads again, and reports
 * the difference. Every read sets the next watch in the same request, so no change falls between them. Because states
 * are compared, a change is reported even if its event was lost with a connection.
 *
 * It can be read once: as an async iterator, or by `subscribe`. Nothing piles up for a slow reader, which gets the
 * difference since it took the last event. Leaving a `for await` ends the watch.
 *
 * Reading fails with the reason of a signal that aborts, with the session's error when the session is over, and with
 * the error of a read that is refused (NO_AUTH). It does not fail because a connection broke.
 */
export class NodeWatch extends EventStream<ChangeEvent> {
  readonly #path: string;
  readonly #source: WatchSource;
  readonly #ending = new AbortController();
  readonly #pending: ChangeEvent[] = [];
  /** The state that the reader has been given. */
  #reported: NodeState | undefined;
  /** The state that the latest read has found. */
  #found: NodeState | undefined;

  /** @internal Reads the node at once. The watch ends when one of `signals` aborts. */
  constructor(path: string, source: WatchSource, signals: readonly (AbortSignal | undefined)[]) {
    super();
    this.#path = path;
    this.#source = source;
    this.endWith(signals);
    void this.#follow();
  }

  protected override takeNext(): ChangeEvent | undefined {
    if (this.#pending.length === 0 && this.#reported !== undefined && this.#found !== undefined) {
      this.#pending.push(...changesBetween(this.#source.kind, this.#path, this.#reported, this.#found));
      this.#reported = this.#found;
    }
    return this.#pending.shift();
  }

  protected override letGo(): void {
    this.#ending.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const { promise, fire } = oneShot();
      signal.addEventListener('abort', fire);
      try {
        this.#observe(await this.#source.look(fire, signal));
        await promise;
      } catch (error) {
        this.end({ error });
      }
      signal.removeEventListener('abort', fire);
      if (signal.aborted) this.#source.forget(fire);
    }
  }

  #observe(state: NodeState): void {
    this.#found = state;
    this.#reported ??= state;
    while (this.isAwaited) {
      const event = this.takeNext();
      if (event === undefined) return;
      this.give(event);
    }
  }
}

function oneShot(): { readonly promise: Promise<void>; readonly fire: () => void } {
  let fire = () => {};
  const promise = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { promise, fire };
}
