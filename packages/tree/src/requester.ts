import type { Credentials } from './access/credentials.ts';
import type { Session } from './session.ts';

/** Whose write it is. */
export interface Requester {
  /** `undefined` for a write of no session. */
  readonly session: Session | undefined;
  readonly credentials: Credentials;
  /** Whether a hard quota refuses the write or is only told of, as a soft one is; `unchecked` when that was decided before. */
  readonly quotas: 'enforced' | 'reported' | 'unchecked';
}
