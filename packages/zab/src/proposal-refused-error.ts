/**
 * `NOT_LEADING`: another server leads, or none. `NOT_ESTABLISHED`: elected, but not yet acknowledged by its followers.
 * `EPOCH_CHANGING`: the counter of this epoch is used up, and the next epoch is opening. `canPropose` is true again soon,
 * under the same leader.
 */
export type ProposalRefusal = 'NOT_LEADING' | 'NOT_ESTABLISHED' | 'EPOCH_CHANGING';

/** Nothing was proposed, because this server cannot propose now. `Peer.canPropose` says so beforehand. */
export class ProposalRefusedError extends Error {
  override readonly name = 'ProposalRefusedError';
  readonly code: ProposalRefusal;

  constructor(code: ProposalRefusal) {
    super(`nothing can be proposed here now: ${code}`);
    this.code = code;
  }
}
