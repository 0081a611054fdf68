import type { Credentials } from './access/credentials.ts';
import type { Session } from './session.ts';

/** The origin of a write. */
export interface Requester {
  /** `undefined` for a write without a session. */
  readonly session: Session | undefined;
  readonly credentials: Credentials;
  /**
   * `enforced`: a hard quota refuses the write. `reported`: the server only logs a warning, as with a soft quota.
   * `unchecked`: the quotas were checked before.
   */
  readonly quotas: 'enforced' | 'reported' | 'unchecked';
}
