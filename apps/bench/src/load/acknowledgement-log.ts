import { setTimeout as delay } from 'node:timers/promises';

const OBSERVED_AFTER_BEGIN_MS = 3_000;
const OBSERVED_AFTER_GAP_MS = 2_000;
const GIVEN_UP_AFTER_MS = 60_000;
const POLL_MS = 50;

/** The times at which the writes of all clients were acknowledged, and the longest pause between them. */
export class AcknowledgementLog {
  /** The number of acknowledgements between `begin` and `end`. */
  count = 0;
  /** The longest pause between two acknowledgements in that time. */
  gapMs = 0;
  #counting = false;
  #begunAt = 0;
  #lastAt = 0;
  #gapEndedAt = 0;

  begin(): void {
    this.#counting = true;
    this.count = 0;
    this.gapMs = 0;
    this.#begunAt = performance.now();
    this.#lastAt = this.#begunAt;
  }

  /** Ends the measured time. Later acknowledgements do not count, because the lanes end one after the other. */
  end(): void {
    this.#counting = false;
  }

  acknowledge(): void {
    if (!this.#counting) return;
    const now = performance.now();
    if (now - this.#lastAt > this.gapMs) {
      this.gapMs = now - this.#lastAt;
      this.#gapEndedAt = now;
    }
    this.#lastAt = now;
    this.count++;
  }

  /**
   * Resolves when the longest pause ended two seconds ago, so that a second pause would have shown, and three seconds
   * have passed since `begin`. Rejects after a minute.
   */
  async flowsAgain(): Promise<void> {
    for (;;) {
      await delay(POLL_MS);
      const now = performance.now();
      const pauseMs = now - this.#lastAt;
      const observed =
        now - this.#begunAt >= OBSERVED_AFTER_BEGIN_MS && now - this.#gapEndedAt >= OBSERVED_AFTER_GAP_MS;
      if (observed && pauseMs <= this.gapMs) return;
      if (now - this.#begunAt > GIVEN_UP_AFTER_MS) {
        throw new Error(`writes did not resume within a minute: none for ${Math.round(pauseMs)} ms`);
      }
    }
  }
}
