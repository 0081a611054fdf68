/** Something that will happen at a given time. */
export interface Appointment {
  readonly at: number;
  /** Numbers appointments in the order in which they were made. */
  readonly order: number;
  /** Undefined once the appointment is cancelled. */
  run: (() => void) | undefined;
}

/** Virtual time: a heap of appointments. Appointments at the same time happen in the order in which they were made. */
export class Agenda {
  #now = 0;
  #order = 0;
  readonly #heap: Appointment[] = [];

  /** The virtual time, in milliseconds from 0. It never goes back. */
  get now(): number {
    return this.#now;
  }

  /** Schedules `run` for `delay` from now. */
  after(delay: number, run: () => void): Appointment {
    return this.schedule(this.#now + delay, run);
  }

  /** Schedules `run` for the time `at`, or for now if that time has passed. */
  schedule(at: number, run: () => void): Appointment {
    const appointment = { at: Math.max(at, this.#now), order: this.#order++, run };
    const heap = this.#heap;
    let child = heap.length;
    heap.push(appointment);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent] as Appointment;
      if (isBefore(above, appointment)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = appointment;
    return appointment;
  }

  /** Takes the next appointment that is due by `until`, moves the time to it, and returns what to run. */
  next(until: number): (() => void) | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > until) return undefined;
      this.#removeFirst();
      if (first.run === undefined) continue;
      this.#moveTo(first.at);
      return first.run;
    }
  }

  /** Moves the time forward to `time`. Nothing may be due before then: `next(time)` has returned undefined. */
  advance(time: number): void {
    const first = this.#heap[0];
    if (first !== undefined && first.at <= time) throw new Error(`${first.at} is due before ${time}`);
    if (time > this.#now) this.#moveTo(time);
  }

  #moveTo(time: number): void {
    // A heap out of order would show here. NaN does not pass either.
    if (!(time >= this.#now)) throw new Error(`the time would go back from ${this.#now} to ${time}`);
    this.#now = time;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Appointment, heap[child] as Appointment))
        child++;
      const below = heap[child] as Appointment;
      if (isBefore(moved, below)) break;
      heap[parent] = below;
      parent = child;
    }
    heap[parent] = moved;
  }
}

function isBefore(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
