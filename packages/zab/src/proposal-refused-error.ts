/**
 * `NOT_LEADING`: somebody else leads, or nobody. `NOT_ESTABLISHED`: elected, but not by its followers yet.
 * `EPOCH_CHANGING`: the counter of this epoch is used up and the next epoch opens; `canPropose` is true again
 * soon, under the same leader.
 */
export type ProposalRefusal = 'NOT_LEADING' | 'NOT_ESTABLISHED' | 'EPOCH_CHANGING';

/** Nothing was proposed: this server cannot do so now. `Peer.canPropose` tells beforehand. */
export class ProposalRefusedError extends Error {
  override readonly name = 'ProposalRefusedError';
  readonly code: ProposalRefusal;

  constructor(code: ProposalRefusal) {
    super(`nothing can be proposed here now: ${code}`);
    this.code = code;
  }
}
