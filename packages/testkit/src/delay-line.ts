/** Runs actions after a delay, in the order in which they were added, even if their delays differ. */
export class DelayLine {
  readonly #waiting: (() => void)[] = [];
  #lastDueMs = 0;

  /** Runs the action at once if there is no delay and no earlier action is waiting. */
  after(delayMs: number, action: () => void): void {
    const now = performance.now();
    this.#lastDueMs = Math.max(this.#lastDueMs, now + delayMs);
    if (this.#lastDueMs <= now && this.#waiting.length === 0) {
      action();
      return;
    }
    this.#waiting.push(action);
    // Timers can fire out of order by a millisecond, so each one runs the action that has waited longest.
    setTimeout(() => this.#waiting.shift()?.(), this.#lastDueMs - now);
  }
}
