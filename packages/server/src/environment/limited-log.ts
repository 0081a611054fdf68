import type { Logger } from 'pino';
import type { Clock } from './environment.ts';

const INTERVAL_MS = 1_000;

/**
 * Logs events that any outsider can provoke: at most one line a second. Each line says how many were suppressed before
 * it.
 */
export class LimitedLog {
  readonly #log: Logger;
  readonly #clock: Clock;
  #nextMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  constructor(log: Logger, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  warn(fields: Record<string, unknown>, text: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextMs) {
      this.#suppressed++;
      return;
    }
    this.#nextMs = nowMs + INTERVAL_MS;
    this.#log.warn(this.#suppressed > 0 ? { ...fields, suppressed: this.#suppressed } : fields, text);
    this.#suppressed = 0;
  }
}
