/** Lets one holder in at a time, in the order of asking. Within one event loop. */
export class Mutex {
  #last: Promise<void> = Promise.resolve();

  /** Waits until every earlier holder has released it. Resolves with the function that releases it again. */
  async acquire(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
