import { ConclaveError, type SignalOptions } from '@conclave/client';
import { LinkedSignal } from './linked-signal.ts';

/** The options of every call that waits. */
export interface WaitOptions extends SignalOptions {
  /**
   * How long to wait in all, including the wait for a connection, in milliseconds. The call then rejects with TIMEOUT.
   * From above 0 up to 2^31 - 1. Default: no limit.
   */
  readonly waitMs?: number | undefined;
}

const WAIT_MS_MAX = 2 ** 31 - 1;

/** The limit of a caller's wait: its signal or its deadline, whichever comes first. */
export class WaitLimit implements Disposable {
  /** Aborts when the limit is reached. Undefined if there is no limit. */
  readonly signal: AbortSignal | undefined;
  readonly #linked: LinkedSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** Throws INVALID_ARGUMENT for an impossible `waitMs`, and the reason of the signal if that has fired already. */
  constructor(path: string, { signal, waitMs }: WaitOptions) {
    signal?.throwIfAborted();
    this.signal = signal;
    if (waitMs === undefined) return;
    if (!(waitMs > 0 && waitMs <= WAIT_MS_MAX)) {
      throw new ConclaveError('INVALID_ARGUMENT', `waitMs: ${waitMs} is not above 0 and below 2^31`, {
        path,
      });
    }
    const linked = new LinkedSignal([signal]);
    this.#linked = linked;
    this.signal = linked.signal;
    this.#timer = setTimeout(() => {
      linked.abort(new ConclaveError('TIMEOUT', `${path}: the wait was limited to ${waitMs} ms`, { path }));
    }, waitMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#linked?.[Symbol.dispose]();
  }
}
