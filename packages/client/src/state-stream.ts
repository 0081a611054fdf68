import { type ClientState, isFinal } from './client-state.ts';

const WAITING_MAX = 64;

/** The client's states as they come, for one reader. It ends by itself after a final state. */
export class StateStream implements AsyncIterableIterator<ClientState, undefined> {
  readonly #waiting: ClientState[] = [];
  readonly #readers: ((result: IteratorResult<ClientState, undefined>) => void)[] = [];
  #unsubscribe: (() => void) | undefined;
  #ended = false;

  constructor(state: ClientState, subscribe: (callback: (state: ClientState) => void) => () => void) {
    this.#push(state);
    if (!this.#ended) this.#unsubscribe = subscribe((next) => this.#push(next));
  }

  next(): Promise<IteratorResult<ClientState, undefined>> {
    const state = this.#waiting.shift();
    if (state !== undefined) return Promise.resolve({ done: false, value: state });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#readers.push(resolve);
    });
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
    const reader = this.#readers.shift();
    if (reader !== undefined) reader({ done: false, value: state });
    else if (this.#waiting.push(state) > WAITING_MAX) this.#waiting.shift();
    if (isFinal(state)) this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#unsubscribe?.();
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }
}
