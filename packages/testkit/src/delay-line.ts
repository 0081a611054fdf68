/** Does things after a while, in the order in which they were asked for, also when the delays differ. */
export class DelayLine {
  readonly #waiting: (() => void)[] = [];
  #lastDueMs = 0;

  /** At once if nothing else is to be waited for. */
  after(delayMs: number, action: () => void): void {
    const now = performance.now();
    this.#lastDueMs = Math.max(this.#lastDueMs, now + delayMs);
    if (this.#lastDueMs <= now && this.#waiting.length === 0) {
      action();
      return;
    }
    this.#waiting.push(action);
    // Timers may change places by a millisecond; so each does what has waited longest.
    setTimeout(() => this.#waiting.shift()?.(), this.#lastDueMs - now);
  }
}
