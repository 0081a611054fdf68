import { type Failure, Readers } from './readers.ts';

/**
 * A stream of events that can be read once: as an async iterator, or by `subscribe`. It ends when its reader leaves it,
 * when a signal aborts, or when its source fails. It then lets its source go.
 */
export abstract class EventStream<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable {
  readonly #readers = new Readers<T>();
  #signals: readonly AbortSignal[] = [];

  /** Waits for the next event. Rejects with the error that ended the stream, if one did. */
  next(): Promise<IteratorResult<T, undefined>> {
    const event = this.takeNext();
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return this.#readers.next();
  }

  /** Ends the stream. May be called again. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.end(undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Returns the stream itself, so that `for await` can read it. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the stream, so that `await using` can hold it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /**
   * Calls `onEvent` for every event, in the place of an iteration. Calls `onEnd` with the error if an error ends the
   * stream. Returns a function that ends the stream.
   */
  subscribe(onEvent: (event: T) => void, onEnd: (error: unknown) => void): () => void {
    const read = async () => {
      for await (const event of this) onEvent(event);
    };
    read().catch(onEnd);
    return () => this.end(undefined);
  }

  /** Returns the next event that waits for a reader, or undefined if there is none. */
  protected abstract takeNext(): T | undefined;

  /** Called once, at the end. Without a failure the events that still wait are not read any more. */
  protected abstract letGo(failure: Failure | undefined): void;

  /** Whether a reader waits for the next event, so that it must be given with `give` and not be kept. */
  protected get isAwaited(): boolean {
    return this.#readers.anyWaiting;
  }

  protected give(event: T): void {
    this.#readers.give(event);
  }

  /**
   * Ends the stream when the first of these signals aborts, or at once if one has aborted already. To be called once,
   * when `letGo` may be called.
   */
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
