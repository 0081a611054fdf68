import { Violation } from '../violation.ts';

/** The known times of a session's life, in milliseconds of one true clock. */
export interface SessionLife {
  readonly session: string;
  readonly timeoutMs: number;
  /** When the latest request was sent that was answered by a server in contact with the ensemble. */
  readonly provedAtMs: number;
  /** When the ensemble expired the session; undefined if it did not. */
  readonly expiredAtMs: number | undefined;
}

/**
 * Checks that a session does not expire before its timeout is over, counted from the sending of the latest answered
 * request. So a client that still gets answers within the timeout loses neither its session nor its ephemerals.
 * `clockRateErrorMax` is the largest error of a server's clock rate, 0.02 for two percent. Throws `Violation`.
 */
export function checkSessionLifetime(life: SessionLife, clockRateErrorMax: number): void {
  const { session, timeoutMs, provedAtMs, expiredAtMs } = life;
  if (expiredAtMs === undefined) return;
  const keptMs = expiredAtMs - provedAtMs;
  if (keptMs >= timeoutMs * (1 - clockRateErrorMax)) return;
  throw new Violation(
    'no session expires within its timeout',
    `${session} got an answer to its request of ${provedAtMs.toFixed(1)} ms, and expired ${keptMs.toFixed(1)} ms later, with a timeout of ${timeoutMs} ms`,
  );
}
