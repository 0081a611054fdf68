import { ConclaveError, type SignalOptions } from '@conclave/client';
import { LinkedSignal } from './linked-signal.ts';

export interface WaitOptions extends SignalOptions {
  /**
   * How long to wait in all, in milliseconds, also for a connection; then it rejects with TIMEOUT. No limit by
   * default.
   */
  readonly waitMs?: number | undefined;
}

const WAIT_MS_MAX = 2 ** 31 - 1;

/** The end of a caller's patience: its signal or its deadline, whichever comes first. */
export class WaitLimit implements Disposable {
  /** `undefined`: the caller waits for ever. */
  readonly signal: AbortSignal | undefined;
  readonly #linked: LinkedSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  /** Throws INVALID_ARGUMENT, or the signal's reason when that has fired. */
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
      linked.abort(new ConclaveError('TIMEOUT', `${path}: waited for ${waitMs} ms`, { path }));
    }, waitMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#linked?.[Symbol.dispose]();
  }
}
