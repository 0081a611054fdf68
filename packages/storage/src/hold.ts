/**
 * Keeps items back while something else must come before them. Holds may overlap. When the last one has ended, `release`
 * gets all the items in order.
 */
export class Hold<T> {
  readonly #release: (item: T) => void;
  #items: T[] = [];
  #holders = 0;
  #over: PromiseWithResolvers<void> | undefined;

  constructor(release: (item: T) => void) {
    this.#release = release;
  }

  /** Gives the item to `release`, at once or when the last hold has ended. */
  pass(item: T): void {
    if (this.#holders > 0) this.#items.push(item);
    else this.#release(item);
  }

  /** Holds back all items that come while `run` does its work. */
  async during<R>(run: () => Promise<R>): Promise<R> {
    this.#holders++;
    this.#over ??= Promise.withResolvers<void>();
    try {
      return await run();
    } finally {
      this.#holders--;
      if (this.#holders === 0) this.#end();
    }
  }

  /** Resolves when there is no hold. */
  async over(): Promise<void> {
    await this.#over?.promise;
  }

  #end(): void {
    const items = this.#items;
    this.#items = [];
    for (const item of items) this.#release(item);
    this.#over?.resolve();
    this.#over = undefined;
  }
}
