/** Something that will happen. */
export interface Appointment {
  readonly at: number;
  readonly order: number;
  /** Undefined once it is called off. */
  run: (() => void) | undefined;
}

/** Virtual time: a heap of what will happen when. Equal times keep the order in which they were asked for. */
export class Agenda {
  /** Milliseconds since the beginning of the world. */
  now = 0;
  #order = 0;
  readonly #heap: Appointment[] = [];

  /** At `at`, or at once if that is over. */
  schedule(at: number, run: () => void): Appointment {
    const appointment = { at: Math.max(at, this.now), order: this.#order++, run };
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

  /** Takes what is next, no later than `until`, and moves the time to it. */
  next(until: number): (() => void) | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > until) return undefined;
      this.#removeFirst();
      if (first.run === undefined) continue;
      this.now = first.at;
      return first.run;
    }
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
