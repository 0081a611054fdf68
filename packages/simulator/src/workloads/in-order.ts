import { invariant } from '@conclave/protocol';

/** Hands results on in the order of their requests, even if they arrive in another order. */
export class InOrder<T> {
  readonly #waiting: { isSettled: boolean; result: T | undefined }[] = [];
  readonly #onNext: (result: T) => void;

  constructor(onNext: (result: T) => void) {
    this.#onNext = onNext;
  }

  /** Notes a request. The returned function takes its result, or undefined if there is none. */
  ask(): (result: T | undefined) => void {
    const slot: { isSettled: boolean; result: T | undefined } = { isSettled: false, result: undefined };
    this.#waiting.push(slot);
    return (result) => {
      invariant(!slot.isSettled, 'a request has one result');
      slot.isSettled = true;
      slot.result = result;
      while (this.#waiting[0]?.isSettled) {
        const next = this.#waiting.shift()?.result;
        if (next !== undefined) this.#onNext(next);
      }
    };
  }
}
