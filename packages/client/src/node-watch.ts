import { type Failure, Readers } from './readers.ts';
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
export class NodeWatch implements AsyncIterableIterator<ChangeEvent, undefined>, AsyncDisposable {
  readonly #path: string;
  readonly #source: WatchSource;
  readonly #ending = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #untold: ChangeEvent[] = [];
  readonly #readers = new Readers<ChangeEvent>();
  /** The state that the reader knows. */
  #told: NodeState | undefined;
  /** The state that the latest look has found. */
  #found: NodeState | undefined;

  /** Looks at once. It ends when one of `signals` aborts. */
  constructor(path: string, source: WatchSource, signals: readonly (AbortSignal | undefined)[]) {
    this.#path = path;
    this.#source = source;
    this.#signals = signals.filter((signal) => signal !== undefined);
    for (const signal of this.#signals) {
      signal.addEventListener('abort', this.#handleAbort);
      if (signal.aborted) this.#end({ error: signal.reason });
    }
    void this.#follow();
  }

  next(): Promise<IteratorResult<ChangeEvent, undefined>> {
    const event = this.#takeUntold();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return this.#readers.next();
  }

  /** Ends it; idempotent. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#end(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /**
   * Calls back for every change instead of being iterated. `onEnd` hears the error when the watch ends for another
   * reason than the returned function, which ends it.
   */
  subscribe(onChange: (event: ChangeEvent) => void, onEnd: (error: unknown) => void): () => void {
    const read = async () => {
      for await (const event of this) onChange(event);
    };
    read().catch(onEnd);
    return () => this.#end(undefined);
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
        this.#end({ error });
      }
      signal.removeEventListener('abort', fire);
      if (signal.aborted) this.#source.forget(fire);
    }
  }

  #observe(state: NodeState): void {
    this.#found = state;
    this.#told ??= state;
    while (this.#readers.anyWaiting) {
      const event = this.#takeUntold();
      if (event === undefined) return;
      this.#readers.give(event);
    }
  }

  #takeUntold(): ChangeEvent | undefined {
    if (this.#untold.length === 0 && this.#told !== undefined && this.#found !== undefined) {
      this.#untold.push(...changesBetween(this.#source.kind, this.#path, this.#told, this.#found));
      this.#told = this.#found;
    }
    return this.#untold.shift();
  }

  #end(failure: Failure | undefined): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#handleAbort);
    this.#readers.end(failure);
  }

  readonly #handleAbort = (): void => {
    const aborted = this.#signals.find((signal) => signal.aborted);
    this.#end({ error: aborted?.reason });
  };
}

function oneShot(): { readonly promise: Promise<void>; readonly fire: () => void } {
  let fire = () => {};
  const promise = new Promise<void>((resolve) => {
    fire = resolve;
  });
  return { promise, fire };
}
