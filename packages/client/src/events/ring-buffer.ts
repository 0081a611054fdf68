import { InvariantError, invariant } from '@conclave/protocol';

/** A queue in one array of 2^n slots, which grows as needed. It shifts no items and makes no garbage for an item. */
export class RingBuffer<T> {
  #slots: (T | undefined)[];
  #head = 0;
  #length = 0;

  constructor(capacity = 64) {
    invariant(capacity >= 1, `a ring of ${capacity} slots`);
    this.#slots = new Array<T | undefined>(2 ** Math.ceil(Math.log2(capacity)));
  }

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (item === undefined) throw new InvariantError('an undefined item would look like the end of the ring');
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item;
    this.#length++;
  }

  first(): T | undefined {
    return this.#length === 0 ? undefined : this.#slots[this.#head];
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#slots[this.#head];
    if (item === undefined)
      throw new InvariantError(`a ring of ${this.#length} items begins with an empty slot`);
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length--;
    return item;
  }

  /** Empties the ring and returns its items, oldest first. */
  drain(): T[] {
    const items: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) items.push(item);
    return items;
  }

  #grow(): void {
    const mask = this.#slots.length - 1;
    const slots = new Array<T | undefined>(this.#slots.length * 2);
    for (let i = 0; i < this.#length; i++) slots[i] = this.#slots[(this.#head + i) & mask];
    this.#slots = slots;
    this.#head = 0;
  }
}
