import { Violation } from '../violation.ts';

/** What is known of a session's life; all times in milliseconds of one true clock. */
export interface SessionLife {
  readonly session: string;
  readonly timeoutMs: number;
  /** When the latest request was made that was answered by a server that can speak for the ensemble. */
  readonly provedAtMs: number;
  /** When the ensemble ended it because it had heard nothing; `undefined`: it did not. */
  readonly expiredAtMs: number | undefined;
}

/**
 * No session expires before its timeout is over, counted from when the latest answered request was made: so nobody who
 * is still answered within it loses what hangs on the session. `clockRateErrorMax` is by how much a server's clock may be
 * fast, 0.02 for two percent. Throws `Violation`.
 */
export function checkSessionLifetime(life: SessionLife, clockRateErrorMax: number): void {
  const { session, timeoutMs, provedAtMs, expiredAtMs } = life;
  if (expiredAtMs === undefined) return;
  const keptMs = expiredAtMs - provedAtMs;
  if (keptMs >= timeoutMs * (1 - clockRateErrorMax)) return;
  throw new Violation(
    'no session expires within its timeout',
    `${session} was answered what it asked at ${provedAtMs.toFixed(1)} ms, and expired ${keptMs.toFixed(1)} ms later, with a timeout of ${timeoutMs} ms`,
  );
}
