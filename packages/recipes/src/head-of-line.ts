import type { Client, FencingGuard, FencingToken, SignalOptions } from '@conclave/client';
import { Holding } from './holding.ts';
import { type Granted, leaveLine, type Place } from './line.ts';

/**
 * The first place in a line, for as long as it is held: a lock or a leadership. Leaving its scope (`await using`)
 * gives it back, and waits two seconds at most for the ensemble to confirm it.
 */
export abstract class HeadOfLine implements AsyncDisposable {
  /** A number that grows with every new holder, for resources that refuse older ones. */
  readonly fencingToken: FencingToken;
  /** For Conclave's own writes, which it makes fail in the same transaction when the place is no longer held. */
  readonly guard: FencingGuard;
  /** The path of the holder's node. */
  readonly node: string;
  readonly #holding: Holding;

  /** @internal `what` names what is held, for messages: `the lock /a`. */
  constructor(client: Client, place: Place, { node, token }: Granted, what: string) {
    this.fencingToken = token;
    this.guard = { path: place.path, token };
    this.node = node;
    this.#holding = new Holding(client, { what, node, leave: () => leaveLine(client, place) });
  }

  /**
   * Aborts when the place is no longer held. If the session is in danger it aborts before the ensemble could grant
   * the place to another contender. It also aborts as the first step of giving the place back, and within about a
   * second after the holder's node is deleted by hand. The reason is a `ConclaveError`.
   */
  get signal(): AbortSignal {
    return this.#holding.signal;
  }

  /**
   * Until when the ensemble cannot have granted the place to another contender, in milliseconds on the clock of
   * `performance.now()`. It is 0 when the place is no longer held.
   */
  get safeUntil(): number {
    return this.#holding.safeUntil;
  }

  /** Gives the place back, and waits two seconds at most for the ensemble to confirm it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#holding.dispose();
  }

  protected giveBack(options: SignalOptions | undefined): Promise<void> {
    return this.#holding.leave(options);
  }
}
