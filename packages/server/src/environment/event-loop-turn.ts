import type { Clock } from './environment.ts';

/**
 * Runs `work` once at the end of every turn of the event loop in which `schedule` was called, so that everything that
 * arrives in one turn is handled as one batch.
 */
export class EventLoopTurn {
  readonly #clock: Clock;
  readonly #work: () => void;
  readonly #onError: (error: unknown) => void;
  #scheduled = false;
  #timeMs = 0;

  constructor(clock: Clock, work: () => void, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#work = work;
    this.#onError = onError;
  }

  /** The monotonic time of this turn, as it was first asked for: requests need no finer clock. */
  timeMs(): number {
    if (this.#timeMs === 0) this.#timeMs = this.#clock.monotonicMs();
    return this.#timeMs;
  }

  readonly schedule = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.endOfTurn(this.#run);
  };

  readonly #run = (): void => {
    this.#scheduled = false;
    try {
      this.#work();
    } catch (error) {
      this.#onError(error);
    }
    this.#timeMs = 0;
  };
}
