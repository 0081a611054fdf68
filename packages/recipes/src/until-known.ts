import { type Client, isConclaveError } from '@conclave/client';
import { onSessionEnd } from './session-end.ts';

const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 1_000;

/**
 * Sends a request that does no harm twice until the ensemble's answer is known. Resolves with `undefined` when the session is
 * over: with it goes whatever the request was about. Rejects only with what no repetition can help.
 */
export async function untilKnown<T>(client: Client, send: () => Promise<T>): Promise<T | undefined> {
  for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
    try {
      return await send();
    } catch (error) {
      if (client.session.signal.aborted) return undefined;
      const mayRepeat = isConclaveError(error) && (error.retryable || error.code === 'OUTCOME_UNKNOWN');
      if (!mayRepeat) throw error;
    }
    await pause(client, pauseMs);
  }
}

/** Ends early with the session. */
function pause(client: Client, pauseMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(), pauseMs);
    const forget = onSessionEnd(client, () => finish());
    const finish = () => {
      clearTimeout(timer);
      forget();
      resolve();
    };
  });
}
