import { ConclaveError } from '../errors.ts';

/**
 * - `connecting`: no session yet.
 * - `connected`: a server serves the session.
 * - `suspended`: in doubt. The session may be alive and calls wait; what is held is safe until `safeUntil`.
 * - `expired`: the session is over, or could be before this client can tell. Final: connect anew.
 * - `closed`: by `close()`. Final.
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
