import type { Clock } from '../environment/environment.ts';

/** Whoever has gathered something to send. */
export interface Writer {
  flush(): void;
}

/** How much of a turn goes into events that nobody waits for with a request, and how many between looks at the clock. */
const EVENTS_MS = 8;
const STRIDE = 64;

/**
 * Who is to be written to at the end of a turn. Answers all leave with it. Where very many clients are told of one
 * change their events leave a stretch in each turn, so that the fan-out keeps nobody else waiting; what a client is
 * answered meanwhile takes its events along, before it.
 */
export class WriteQueue<W extends Writer> {
  readonly #clock: Clock;
  readonly #urgent = new Set<W>();
  readonly #told = new Set<W>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Events are still to be sent in a later turn. */
  get anyLeft(): boolean {
    return this.#told.size > 0;
  }

  /** `isUrgent`: it leaves with this turn. */
  add(writer: W, isUrgent: boolean): void {
    if (isUrgent) {
      this.#urgent.add(writer);
      if (this.#told.size > 0) this.#told.delete(writer);
    } else if (this.#urgent.size === 0 || !this.#urgent.has(writer)) {
      this.#told.add(writer);
    }
  }

  delete(writer: W): void {
    this.#urgent.delete(writer);
    this.#told.delete(writer);
  }

  flush(): void {
    for (const writer of this.#urgent) writer.flush();
    this.#urgent.clear();
    if (this.#told.size === 0) return;
    const until = this.#clock.monotonicMs() + EVENTS_MS;
    let flushed = 0;
    for (const writer of this.#told) {
      this.#told.delete(writer);
      writer.flush();
      if (++flushed % STRIDE === 0 && this.#clock.monotonicMs() > until) return;
    }
  }
}
