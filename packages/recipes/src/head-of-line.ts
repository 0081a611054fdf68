import type { Client, FencingGuard, FencingToken, SignalOptions } from '@conclave/client';
import { Holding } from './holding.ts';
import { type Granted, leaveLine, type Place } from './line.ts';

/**
 * The first place in a line, for as long as it is held: a lock, an office. Leaving its scope (`await using`) gives it
 * back, and waits no longer than two seconds for the ensemble to confirm.
 */
export abstract class HeadOfLine implements AsyncDisposable {
  /** Grows with every new holder: for resources that refuse older ones. */
  readonly fencingToken: FencingToken;
  /** For Conclave's own writes: refused in the same transaction when the place is held no more. */
  readonly guard: FencingGuard;
  /** The node that stands for it. */
  readonly node: string;
  readonly #holding: Holding;

  /** @internal `what` is held, for messages: `the lock /a`. */
  constructor(client: Client, place: Place, { node, token }: Granted, what: string) {
    this.fencingToken = token;
    this.guard = { path: place.path, token };
    this.node = node;
    this.#holding = new Holding(client, { what, node, leave: () => leaveLine(client, place) });
  }

  /**
   * Aborts when it is held no more: before the ensemble could grant it to anybody else if the session is in danger, as
   * the first thing when it is given back, and within about a second if its node is deleted by hand. The reason is a
   * `ConclaveError`.
   */
  get signal(): AbortSignal {
    return this.#holding.signal;
  }

  /** Until when nobody else can have been granted it, on the clock of `performance.now()`; 0 when it is over. */
  get safeUntil(): number {
    return this.#holding.safeUntil;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#holding.dispose();
  }

  protected giveBack(options: SignalOptions | undefined): Promise<void> {
    return this.#holding.leave(options);
  }
}
