/** Why a stream has ended, when its reader must hear it. */
export interface Failure {
  readonly error: unknown;
}

/** Those who wait for the next item of a stream that is read once, and how it has ended. */
export class Readers<T> {
  readonly #waiting: Reader<T>[] = [];
  #hasEnded = false;
  /** Set once it has ended for a reason that the next reader must hear. */
  #failure: Failure | undefined;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get anyWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Awaits the next item, or hears of the end. */
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

  /** Hands an item to whoever has waited longest. */
  give(item: T): void {
    this.#waiting.shift()?.resolve({ done: false, value: item });
  }

  /** One reader hears of a failure, now or when it comes; all others that there is no more. */
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
