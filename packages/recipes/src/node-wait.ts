import type { Client, Consistency, Stat } from '@conclave/client';
import { onSessionEnd } from './session-end.ts';

export interface NodeWaitOptions {
  readonly signal: AbortSignal | undefined;
  readonly consistency: Consistency;
}

/**
 * Waits until the stat of a node satisfies `isReached`. The stat is `null` if there is no such node. The first read
 * is sent before this returns, and each read leaves the watch that triggers the next. Rejects with the reason of the
 * signal when that fires, and with the error of the session when that ends.
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
    // While the read itself is under way this has no one waiting for it, and the read fails for the same reason.
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
