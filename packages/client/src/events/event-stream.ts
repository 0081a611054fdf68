import { type Failure, Readers } from './readers.ts';

/**
 * A stream of events that is read once: as an async iterator, or by `subscribe`. It ends when its reader leaves it, when
 * a signal aborts, or when what it is fed by fails; whatever it is fed by is let go then.
 */
export abstract class EventStream<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #readers = new Readers<T>();
  #signals: readonly AbortSignal[] = [];

  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.takeNext();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return this.#readers.next();
  }

  /** Ends it; idempotent. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.end(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /**
   * Calls back for every event instead of being iterated. `onEnd` hears the error when the stream ends for another
   * reason than the returned function, which ends it.
   */
  subscribe(onEvent: (event: T) => void, onEnd: (error: unknown) => void): () => void {
    const read = async () => {
      for await (const event of this) onEvent(event);
    };
    read().catch(onEnd);
    return () => this.end(undefined);
  }

  /** The next event of those that wait for a reader. */
  protected abstract takeNext(): T | undefined;

  /** Called once, as it ends; without a failure nobody reads what still waits. */
  protected abstract letGo(failure: Failure | undefined): void;

  /** Somebody waits for the next event: `give` it instead of keeping it. */
  protected get isAwaited(): boolean {
    return this.#readers.anyWaiting;
  }

  protected give(event: T): void {
    this.#readers.give(event);
  }

  /** To be called once, when `letGo` may be: it ends with the first of these, at once if that has aborted. */
  protected endWith(signals: readonly (AbortSignal | undefined)[]): void {
    this.#signals = signals.filter((signal) => signal !== undefined);
    for (const signal of this.#signals) {
      signal.addEventListener('abort', this.#handleAbort);
      if (signal.aborted) this.end({ error: signal.reason });
    }
  }

  protected end(failure: Failure | undefined): void {
    if (this.#readers.hasEnded) return;
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#handleAbort);
    this.letGo(failure);
    this.#readers.end(failure);
  }

  readonly #handleAbort = (): void => {
    const aborted = this.#signals.find((signal) => signal.aborted);
    this.end({ error: aborted?.reason });
  };
}
