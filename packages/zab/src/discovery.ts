import { EPOCH_MAX, invariant } from '@conclave/protocol';
import { compareCandidates } from './ballot.ts';
import { electorate, isQuorumOfElectorate } from './electorate.ts';
import type { ServerId } from './entry.ts';
import type { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type { AckEpoch, Credentials } from './messages.ts';

/**
 * Phase 1 of the Zab paper, the prospective leader's part: find an epoch later than any that a quorum has
 * accepted, and collect a quorum of durable promises for it.
 */
export class Discovery {
  readonly #member: Member;
  readonly #learners: ReadonlyMap<ServerId, Learner>;
  /** As they were when the votes were counted, because the promise of the new epoch must not change which members count. */
  readonly #ownCredentials: Credentials;
  readonly #promised = new Set<ServerId>();
  #epoch = 0;
  #ownPromise = 0;

  constructor(member: Member, learners: ReadonlyMap<ServerId, Learner>) {
    this.#member = member;
    this.#learners = learners;
    this.#ownCredentials = member.credentials;
  }

  /** Step l.1.1. Returns 0 while too few have said what they accepted. */
  chooseEpoch(): number {
    const { persistence, settings } = this.#member;
    const inSight = this.#inSight();
    if (!isQuorumOfElectorate(settings.quorum, inSight, inSight.keys())) return 0;
    let accepted = persistence.acceptedEpoch;
    for (const credentials of inSight.values()) accepted = Math.max(accepted, credentials.acceptedEpoch);
    invariant(accepted < EPOCH_MAX, 'the epochs are used up');
    this.#epoch = accepted + 1;
    // LeaderInfo need not wait for our own disk: our promise counts like any other, when it is durable.
    this.#ownPromise = persistence.setEpochs(this.#epoch, persistence.currentEpoch);
    return this.#epoch;
  }

  /** Whether a promise of this follower would count. */
  counts(learner: Learner): boolean {
    return electorate(this.#member.settings.quorum, this.#inSight())(learner.id);
  }

  /** Counts a promise. */
  admit(learner: Learner, ack: AckEpoch): void {
    if (ack.promised && ack.epoch === this.#epoch) this.#promised.add(learner.id);
  }

  /**
   * Whether a follower has a newer history than ours. The paper's leader would now fetch it. Ours was elected because it
   * has the newest history, and gives way if it has not. This is asked of the followers that promise, and of those that
   * come before a quorum has acknowledged NEWLEADER. The second is needed because a member may have lost an earlier
   * promise with its disk. Entries committed since then, without the others' knowledge, are still found with one of the
   * followers that must acknowledge.
   */
  isAhead(ack: AckEpoch): boolean {
    const { history, id } = this.#member;
    // It has our history already, and its link broke.
    if (ack.currentEpoch === this.#epoch) return false;
    const own = { currentEpoch: this.#ownCredentials.currentEpoch, lastZxid: history.last };
    const theirs = { currentEpoch: ack.currentEpoch, lastZxid: ack.tails[0] ?? history.base };
    return compareCandidates(id, theirs, id, own) > 0;
  }

  /** Step l.1.2: a quorum, this server included, has promised the epoch durably. */
  get isComplete(): boolean {
    const { id, persistence, settings } = this.#member;
    if (this.#epoch === 0 || !persistence.isDurable(this.#ownPromise)) return false;
    return isQuorumOfElectorate(settings.quorum, this.#inSight(), [...this.#promised, id]);
  }

  /** Whether the members that may still promise, or still vote for us, are enough. */
  get isInReach(): boolean {
    const { ballots, id, settings } = this.#member;
    const inSight = this.#inSight();
    const hopeful = [id];
    for (const learner of this.#learners.values()) {
      const mayPromise = this.#epoch === 0 || learner.info.acceptedEpoch < this.#epoch;
      if (mayPromise || this.#promised.has(learner.id)) hopeful.push(learner.id);
    }
    for (const [peer, ballot] of ballots) {
      if (ballot.leader !== id || this.#learners.has(peer)) continue;
      inSight.set(peer, ballot);
      hopeful.push(peer);
    }
    return isQuorumOfElectorate(settings.quorum, inSight, hopeful);
  }

  /** Credentials of this server and of all that follow it, as they were when they joined. */
  #inSight(): Map<ServerId, Credentials> {
    const inSight = new Map<ServerId, Credentials>([[this.#member.id, this.#ownCredentials]]);
    for (const learner of this.#learners.values()) inSight.set(learner.id, learner.info);
    return inSight;
  }
}
