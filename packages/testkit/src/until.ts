import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

export interface UntilOptions {
  /** The condition, as an error should name it: "the servers to elect a leader". */
  readonly what: string;
  /** Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks again until the answer is not `undefined`. For changes in another process that sends no events about them. Rejects
 * when the time is up, with the last failure as the cause, or with the signal's reason.
 */
export async function until<T>(ask: () => Promise<T | undefined>, options: UntilOptions): Promise<T> {
  const { what, timeoutMs = 30_000, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause });
    await delay(POLL_MS, undefined, { signal });
  }
}
