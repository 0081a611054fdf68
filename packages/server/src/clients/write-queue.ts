import type { Clock } from '../environment/environment.ts';

/** A connection that has gathered something to send. */
export interface Writer {
  flush(): void;
}

/** Time per turn spent on unsolicited events, and how many writers are flushed between two looks at the clock. */
const EVENTS_MS = 8;
const STRIDE = 64;

/**
 * The connections to write to at the end of a turn. All answers leave with their turn. If one change has events for very
 * many clients, each turn sends a part of them, so that the fan-out delays no other client. If such a client gets an
 * answer in the meantime, its events leave before the answer.
 */
export class WriteQueue<W extends Writer> {
  readonly #clock: Clock;
  readonly #urgent = new Set<W>();
  readonly #relaxed = new Set<W>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Events are still to be sent in a later turn. */
  get anyLeft(): boolean {
    return this.#relaxed.size > 0;
  }

  /** Queues a writer. If `isUrgent`, it is flushed at the end of this turn. */
  add(writer: W, isUrgent: boolean): void {
    if (isUrgent) {
      this.#urgent.add(writer);
      if (this.#relaxed.size > 0) this.#relaxed.delete(writer);
    } else if (this.#urgent.size === 0 || !this.#urgent.has(writer)) {
      this.#relaxed.add(writer);
    }
  }

  delete(writer: W): void {
    this.#urgent.delete(writer);
    this.#relaxed.delete(writer);
  }

  flush(): void {
    for (const writer of this.#urgent) writer.flush();
    this.#urgent.clear();
    if (this.#relaxed.size === 0) return;
    const until = this.#clock.monotonicMs() + EVENTS_MS;
    let flushed = 0;
    for (const writer of this.#relaxed) {
      this.#relaxed.delete(writer);
      writer.flush();
      if (++flushed % STRIDE === 0 && this.#clock.monotonicMs() > until) return;
    }
  }
}
