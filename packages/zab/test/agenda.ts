interface Appointment {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Simulated time: a heap of what will happen when. Equal times keep the order in which they were asked for. */
export class Agenda {
  now = 0;
  #order = 0;
  readonly #heap: Appointment[] = [];

  after(delay: number, run: () => void): void {
    this.#heap.push({ at: this.now + delay, order: this.#order++, run });
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  /** Runs everything up to `time`. */
  runUntil(time: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= time; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.run();
    }
    this.now = time;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let parent = 0;
    for (;;) {
      let least = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#heap[a] as Appointment;
    const y = this.#heap[b] as Appointment;
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const x = this.#heap[a] as Appointment;
    this.#heap[a] = this.#heap[b] as Appointment;
    this.#heap[b] = x;
  }
}
