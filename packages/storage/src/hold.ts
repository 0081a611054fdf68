/**
 * Keeps things back while something else must come before them. Holds may overlap; `release` gets everything, in
 * order, when the last one has ended.
 */
export class Hold<T> {
  readonly #release: (item: T) => void;
  #items: T[] = [];
  #holders = 0;
  #over: PromiseWithResolvers<void> | undefined;

  constructor(release: (item: T) => void) {
    this.#release = release;
  }

  /** Gives the item to `release`, now or when nothing holds it any more. */
  pass(item: T): void {
    if (this.#holders > 0) this.#items.push(item);
    else this.#release(item);
  }

  /** Holds back whatever comes while `run` does its work. */
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

  /** Resolves when nothing is held. */
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
