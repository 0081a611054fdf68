import { Confirmations } from './confirmations.ts';
import type { ServerId } from './entry.ts';
import type { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type { Pong } from './messages.ts';
import type { Support } from './support.ts';

/**
 * Rounds of proof that a quorum still follows: pings to all active followers, and their answers. A round begins for
 * requests to confirm the leadership, and for followers that are offered nothing before a quorum has answered.
 */
export class LeadershipProofs {
  readonly #member: Member;
  readonly #learners: ReadonlyMap<ServerId, Learner>;
  readonly #support: Support;
  readonly #confirmations = new Confirmations();
  /** The last round that a quorum has answered. */
  #provenRound = 0;

  constructor(member: Member, learners: ReadonlyMap<ServerId, Learner>, support: Support) {
    this.#member = member;
    this.#learners = learners;
    this.#support = support;
  }

  /** Confirms the leadership, as it is now, with the next round. */
  confirm(request: number): void {
    this.#confirmations.add(request, this.#member.lastCommitted);
  }

  /** Whether a quorum has answered since this follower came. Asked for the first time, it has a round begin. */
  isProvenSince(learner: Learner): boolean {
    learner.offerRound ??= this.#member.proofRound + 1;
    return this.#provenRound >= learner.offerRound;
  }

  /** Whether a request or a follower waits for a round that has not begun. */
  get isWanted(): boolean {
    if (this.#confirmations.isGathering) return true;
    const { proofRound } = this.#member;
    for (const { offerRound } of this.#learners.values()) {
      if (offerRound !== undefined && offerRound > proofRound) return true;
    }
    return false;
  }

  /** Begins a round. */
  ask(epoch: number): void {
    this.#member.proofRound += 1;
    const round = this.#member.proofRound;
    const ping = { type: 'ping', epoch, round } as const;
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'active') this.#member.send(learner.id, ping);
    }
    this.#confirmations.ask(round);
    this.#settle();
  }

  /** Counts an answer. Returns false if it is not new, or does not count. */
  admit(learner: Learner, pong: Pong): boolean {
    if (learner.stage !== 'active' || pong.round <= learner.proofRound) return false;
    learner.proofRound = pong.round;
    this.#settle();
    return true;
  }

  /** The leadership is over. */
  refuseAll(): void {
    this.#confirmations.refuseAll(this.#member.outbox);
  }

  #settle(): void {
    const { outbox, proofRound } = this.#member;
    this.#provenRound = this.#support.provenThrough(proofRound);
    this.#confirmations.settle(this.#provenRound, outbox);
  }
}
