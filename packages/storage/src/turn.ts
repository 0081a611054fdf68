/** One holder at a time, in the order of asking. */
export class Turn {
  #last: Promise<void> = Promise.resolve();

  /** Resolves, when the turn has come, with the function that passes it on. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
