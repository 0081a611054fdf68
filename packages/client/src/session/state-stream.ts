import { Readers } from '../events/readers.ts';
import { type ClientState, isFinal } from './client-state.ts';

const WAITING_MAX = 64;

/** The states of a client as they come, for one reader. It ends after a final state. */
export class StateStream implements AsyncIterableIterator<ClientState, undefined> {
  readonly #waiting: ClientState[] = [];
  readonly #readers = new Readers<ClientState>();
  #unsubscribe: (() => void) | undefined;

  constructor(state: ClientState, subscribe: (callback: (state: ClientState) => void) => () => void) {
    this.#push(state);
    if (!this.#readers.hasEnded) this.#unsubscribe = subscribe((next) => this.#push(next));
  }

  next(): Promise<IteratorResult<ClientState, undefined>> {
    const state = this.#waiting.shift();
    if (state !== undefined) return Promise.resolve({ done: false, value: state });
    return this.#readers.next();
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    this.#waiting.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #push(state: ClientState): void {
    if (this.#readers.anyWaiting) this.#readers.give(state);
    else if (this.#waiting.push(state) > WAITING_MAX) this.#waiting.shift();
    if (isFinal(state)) this.#end();
  }

  #end(): void {
    this.#unsubscribe?.();
    this.#readers.end(undefined);
  }
}
