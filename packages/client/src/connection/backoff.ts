/** How long the client waits between attempts to connect. */
export interface BackoffOptions {
  /** The upper limit of the first wait, in milliseconds. Default 20. */
  readonly minMs: number;
  /** The upper limit of every wait, in milliseconds. Default 2,000. */
  readonly maxMs: number;
}

export const defaultBackoff: BackoffOptions = { minMs: 20, maxMs: 2_000 };

/**
 * Exponential back-off with full jitter: the n-th wait is between 0 and min(maxMs, minMs·2^n), so that clients that
 * were cut off together do not come back together. It starts anew only when an answer has confirmed the session,
 * because servers that accept connections and answer nothing must not be flooded with attempts.
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
