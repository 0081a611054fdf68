import { type Client, isConclaveError } from '@conclave/client';
import { onSessionEnd } from './session-end.ts';

const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 1_000;

/**
 * Repeats a request, which must do no harm when it is done twice, until the ensemble's answer is known. Resolves with
 * `undefined` if the session is over, because what the request was about ends with the session. Rejects only with
 * errors that no repetition can mend.
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

/** Waits for `pauseMs`, or until the session ends. */
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
