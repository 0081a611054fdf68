import { ConclaveError } from '../errors.ts';

/**
 * The state of a session.
 *
 * - `connecting`: there is no session yet.
 * - `connected`: a server serves the session.
 * - `suspended`: the session is in doubt. It may be alive, and calls wait. Everything that it holds is safe until
 *   `safeUntil`.
 * - `expired`: the session is over, or can no longer be proved to be alive. This state is final: connect anew.
 * - `closed`: the program has called `close()`. This state is final.
 */
export type ClientState = 'connecting' | 'connected' | 'suspended' | 'expired' | 'closed';

export function isFinal(state: ClientState): boolean {
  return state === 'expired' || state === 'closed';
}

export function closedError(): ConclaveError {
  return new ConclaveError('CLOSED', 'the client was closed');
}

export function expiredError(why: string): ConclaveError {
  return new ConclaveError('SESSION_EXPIRED', `the session has expired: ${why}`);
}
