import { EventStream } from '../events/event-stream.ts';
import { type ChangeEvent, changesBetween, type NodeState, type WatchKind } from './watch-event.ts';

/** How a node is looked at: one read that leaves a one-shot watch behind. */
export interface WatchSource {
  readonly kind: WatchKind;
  /** `onFire` is called once, when what was found has changed. */
  look(onFire: () => void, signal: AbortSignal): Promise<NodeState>;
  /** Forgets a watch that has not fired. */
  forget(onFire: () => void): void;
}

/**
 * Follows one node with one-shot watches: looks, waits for the watch to fire, looks again, and tells what the two
 * looks differ in. Since every look arms the next watch in the same request nothing falls between them, and since
 * states are compared a change that two events or a lost connection would hide is told all the same.
 *
 * It can be read once: as an async iterator, or by `subscribe`. Nothing piles up for a slow reader: what happened
 * since it last took an event is told as the difference it made. Leaving a `for await` ends it.
 *
 * Reading fails with the signal's reason when that aborts, with the session's error when the session is over, and with the
 * look's error when that is refused (NO_AUTH); never because a connection broke.
 */
export class NodeWatch extends EventStream<ChangeEvent> {
  readonly #path: string;
  readonly #source: WatchSource;
  readonly #ending = new AbortController();
  readonly #untold: ChangeEvent[] = [];
  /** The state that the reader knows. */
  #told: NodeState | undefined;
  /** The state that the latest look has found. */
  #found: NodeState | undefined;

  /** Looks at once. It ends when one of `signals` aborts. */
  constructor(path: string, source: WatchSource, signals: readonly (AbortSignal | undefined)[]) {
    super();
    this.#path = path;
    this.#source = source;
    this.endWith(signals);
    void this.#follow();
  }

  protected override takeNext(): ChangeEvent | undefined {
    if (this.#untold.length === 0 && this.#told !== undefined && this.#found !== undefined) {
      this.#untold.push(...changesBetween(this.#source.kind, this.#path, this.#told, this.#found));
      this.#told = this.#found;
    }
    return this.#untold.shift();
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
    this.#told ??= state;
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
