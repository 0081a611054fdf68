import { type Client, ConclaveError, type SignalOptions } from '@conclave/client';
import { watchPresence } from './presence.ts';
import { onSessionEnd } from './session-end.ts';
import { untilKnown } from './until-known.ts';

/** How long a disposal waits for the ensemble. The leaving goes on in the background after that. */
const DISPOSAL_MS_MAX = 2_000;

/** What is held, and the one node of the session that stands for it. */
export interface HoldingOptions {
  /** What is held, for messages: `the lock /a`. */
  readonly what: string;
  readonly node: string;
  /** Gives it back. It may be called again. */
  readonly leave: () => Promise<unknown>;
}

/**
 * Something that is held until it is given back or lost, and the signal that aborts then.
 *
 * It is lost when the session ends or can no longer be proved to be alive, which is before the ensemble could give it
 * to another session. It is also lost when its node is deleted by hand, which the client notices within about a
 * second.
 */
export class Holding {
  readonly #client: Client;
  readonly #options: HoldingOptions;
  /** Made when it is first asked for, because many locks are released before their signal is used. */
  #abort: AbortController | undefined;
  /**
   * Set when it is over. It makes the reason only if that is needed, since an error costs more than the rest of a
   * release.
   */
  #over: (() => unknown) | undefined;
  readonly #forget: readonly (() => void)[];
  #left: Promise<void> | undefined;

  constructor(client: Client, options: HoldingOptions) {
    this.#client = client;
    this.#options = options;
    const { what, node } = options;
    this.#forget = [
      onSessionEnd(client, (reason) => this.#end(() => reason)),
      watchPresence(client, node, () => {
        this.#end(() => grantOver(`${what} is lost: its node was deleted`, node));
      }),
    ];
  }

  get signal(): AbortSignal {
    // Reading the session's signal makes the session check its clock first, in case the loop was blocked until now.
    const session = this.#client.session.signal;
    if (session.aborted) this.#end(() => session.reason);
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#over !== undefined) this.#abort.abort(this.#over());
    }
    return this.#abort.signal;
  }

  get safeUntil(): number {
    return this.#over !== undefined ? 0 : this.#client.session.safeUntil;
  }

  /**
   * Aborts the signal, so that the work stops first, then gives back what is held. Resolves when the ensemble has
   * confirmed it or the session is over. Goes on in the background if `signal` ends the wait.
   */
  async leave({ signal }: SignalOptions = {}): Promise<void> {
    const { what, node, leave } = this.#options;
    this.#end(() => grantOver(`${what} was given back`, node));
    this.#left ??= untilKnown(this.#client, leave).then(() => {});
    await within(this.#left, signal);
  }

  /** As `leave`, but waits a limited time, and does not reject when that is over. */
  async dispose(): Promise<void> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), DISPOSAL_MS_MAX);
    try {
      await this.leave({ signal: limit.signal });
    } catch (error) {
      if (!limit.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #end(reason: () => unknown): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    for (const forget of this.#forget) forget();
    this.#abort?.abort(reason());
  }
}

function grantOver(message: string, path: string): ConclaveError {
  return new ConclaveError('GRANT_OVER', message, { path });
}

/** Waits for `promise` until `signal` fires. The outcome of the promise does not matter after that. */
async function within(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  let handleAbort = () => {};
  const aborted = new Promise<void>((_, reject) => {
    handleAbort = () => reject(signal.reason);
  });
  if (signal.aborted) handleAbort();
  else signal.addEventListener('abort', handleAbort);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', handleAbort);
  }
}
