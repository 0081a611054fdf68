import type { Client, Consistency, Stat } from '@conclave/client';
import { onSessionEnd } from './session-end.ts';

export interface NodeWaitOptions {
  readonly signal: AbortSignal | undefined;
  readonly consistency: Consistency;
}

/**
 * Waits until a node has come to what `isReached` wants; `null`: there is no such node. The first look is sent before this
 * returns, and each look leaves the watch behind that calls for the next. Rejects with the signal's reason, or the
 * session's when that ends.
 */
export async function nodeReaches(
  client: Client,
  path: string,
  isReached: (stat: Stat | null) => boolean,
  { signal, consistency }: NodeWaitOptions,
): Promise<Stat | null> {
  for (;;) {
    using change = new NextChange(client, signal);
    const stat = await client.exists(path, { watch: change.fire, consistency, signal });
    if (isReached(stat)) return stat;
    await change.fired;
  }
}

class NextChange implements Disposable {
  readonly fired: Promise<void>;
  fire: () => void = () => {};
  readonly #forgetSession: () => void;
  readonly #signal: AbortSignal | undefined;
  #handleAbort: () => void = () => {};

  constructor(client: Client, signal: AbortSignal | undefined) {
    let fail: (reason: unknown) => void = () => {};
    this.fired = new Promise((resolve, reject) => {
      this.fire = resolve;
      fail = reject;
    });
    // While the look itself is under way nobody waits for this; it then fails for the same reason.
    this.fired.catch(() => {});
    this.#signal = signal;
    this.#handleAbort = () => fail(signal?.reason);
    signal?.addEventListener('abort', this.#handleAbort);
    this.#forgetSession = onSessionEnd(client, fail);
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#handleAbort);
    this.#forgetSession();
  }
}
