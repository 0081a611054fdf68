/** The error that ended a stream, to be passed on to its reader. */
export interface Failure {
  readonly error: unknown;
}

/** The reads that wait for the next item of a stream, and how the stream has ended. */
export class Readers<T> {
  readonly #waiting: Reader<T>[] = [];
  #hasEnded = false;
  /** The error that ended the stream, until a read has been rejected with it. */
  #failure: Failure | undefined;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get anyWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Waits for the next item or the end. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Gives an item to the read that has waited longest. */
  give(item: T): void {
    this.#waiting.shift()?.resolve({ done: false, value: item });
  }

  /** Ends the stream. One read is rejected with the failure, now or when it comes. All others find no more items. */
  end(failure: Failure | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const [first, ...others] = this.#waiting.splice(0);
    if (failure === undefined) first?.resolve({ done: true, value: undefined });
    else if (first === undefined) this.#failure = failure;
    else first.reject(failure.error);
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  }
}

interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}
