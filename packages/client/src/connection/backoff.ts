/** How long to wait between attempts to connect, in milliseconds. */
export interface BackoffOptions {
  /** The most the first wait can be. Default 20. */
  readonly minMs: number;
  /** The most any wait can be. Default 2,000. */
  readonly maxMs: number;
}

export const defaultBackoff: BackoffOptions = { minMs: 20, maxMs: 2_000 };

/**
 * Exponential back-off with full jitter: the n-th wait is anywhere between 0 and min(maxMs, minMs·2^n), so that
 * clients cut off together do not come back together. It starts anew only after the session was confirmed by an answer:
 * servers that accept connections and then have nothing to say must not be hammered.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: () => number;
  #attempts = 0;

  constructor(options: BackoffOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  nextDelayMs(): number {
    const { minMs, maxMs } = this.#options;
    const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts++;
    return this.#random() * ceiling;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
