import { InvariantError, type Zxid } from '@conclave/protocol';
import type { PendingLinearizable } from './request-queue.ts';

/** A connection with a read that waits for its zxid. */
export interface Reader {
  /** Answers the requests that can be answered by now. */
  work(): void;
}

interface Waiter {
  readonly reader: Reader;
  readonly item: PendingLinearizable;
}

/**
 * Linearizable reads that wait. The leader gets one question for all of a turn. The reads are held until the tree has come
 * as far as the leader had committed when it was asked.
 */
export class ReadBarriers {
  #unasked: Waiter[] = [];
  readonly #asked = new Map<number, Waiter[]>();
  #answered: Waiter[] = [];
  #underWay = 0;

  /** The number of reads that wait for the leader's answer. */
  get underWay(): number {
    return this.#underWay;
  }

  add(reader: Reader, item: PendingLinearizable): void {
    this.#unasked.push({ reader, item });
    this.#underWay++;
  }

  get anyUnasked(): boolean {
    return this.#unasked.length > 0;
  }

  /** The question `request` stands for all reads that no question has gone out for. */
  ask(request: number): void {
    this.#asked.set(request, this.#unasked);
    this.#unasked = [];
  }

  /** The leader that was asked is gone, so the next one will be asked. */
  askAgain(): void {
    for (const waiters of this.#asked.values()) this.#unasked.push(...waiters);
    this.#asked.clear();
  }

  answer(request: number, zxid: Zxid): void {
    const waiters = this.#asked.get(request);
    if (waiters === undefined) return;
    this.#asked.delete(request);
    this.#underWay -= waiters.length;
    const isNoneLeft = this.#unasked.length === 0 && this.#asked.size === 0;
    if (this.#underWay < 0 || (isNoneLeft && this.#underWay !== 0)) {
      throw new InvariantError(`${this.#underWay} reads are said to wait for the leader`);
    }
    for (const waiter of waiters) {
      waiter.item.target = zxid;
      this.#answered.push(waiter);
    }
  }

  /** Resumes the connections with a read that needs no more than `lastZxid`. */
  release(lastZxid: Zxid): void {
    if (this.#answered.length === 0) return;
    const ready: Reader[] = [];
    let kept = 0;
    for (const waiter of this.#answered) {
      if ((waiter.item.target ?? 0) > lastZxid) this.#answered[kept++] = waiter;
      else if (ready.at(-1) !== waiter.reader) ready.push(waiter.reader);
    }
    this.#answered.length = kept;
    for (const reader of ready) reader.work();
  }
}
