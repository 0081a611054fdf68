import type { Zxid } from '@conclave/protocol';
import type { ServerId } from './entry.ts';
import type { Learner } from './learner.ts';
import type { Notification } from './messages.ts';
import { type Quorum, reachedByQuorum } from './quorum.ts';

/** The facts that a quorum of a leader's followers supports. The leader counts as one member of the quorum. */
export class Support {
  readonly #quorum: Quorum;
  readonly #id: ServerId;
  readonly #learners: ReadonlyMap<ServerId, Learner>;

  /** `id` is the leader's. */
  constructor(quorum: Quorum, id: ServerId, learners: ReadonlyMap<ServerId, Learner>) {
    this.#quorum = quorum;
    this.#id = id;
    this.#learners = learners;
  }

  /** Whether a quorum follows and has acknowledged NEWLEADER. */
  get isActive(): boolean {
    const active = new Set([this.#id]);
    for (const learner of this.#learners.values()) if (learner.stage === 'active') active.add(learner.id);
    return this.#quorum.isQuorum(active);
  }

  /** Whether the followers, however far they have come, and the members that last voted for the leader are a quorum. */
  isInReach(ballots: ReadonlyMap<ServerId, Notification>): boolean {
    const hopeful = new Set([this.#id, ...this.#learners.keys()]);
    for (const [peer, ballot] of ballots) if (ballot.leader === this.#id) hopeful.add(peer);
    return this.#quorum.isQuorum(hopeful);
  }

  /** Whether a quorum has NEWLEADER of `epoch` on disk. `isOwnDurable` says whether the leader has. */
  hasEpoch(epoch: number, isOwnDurable: boolean): boolean {
    const ids = new Set<ServerId>();
    if (isOwnDurable) ids.add(this.#id);
    for (const learner of this.#learners.values()) if (learner.ackedEpoch === epoch) ids.add(learner.id);
    return this.#quorum.isQuorum(ids);
  }

  /** How far a quorum has the history on disk; the leader has it up to `lastDurable`. */
  ackedThrough(lastDurable: Zxid): Zxid {
    return this.#reached(lastDurable, ackedOf) as Zxid;
  }

  /** The last round of proof that a quorum has answered; the leader's own answer is to `round`. */
  provenThrough(round: number): number {
    return this.#reached(round, proofRoundOf);
  }

  #reached(own: number, pick: (learner: Learner) => number): number {
    const ids = [this.#id];
    const values = [own];
    for (const learner of this.#learners.values()) {
      if (learner.stage !== 'active') continue;
      ids.push(learner.id);
      values.push(pick(learner));
    }
    return reachedByQuorum(this.#quorum, ids, values);
  }
}

function ackedOf({ acked }: Learner): number {
  return acked;
}

function proofRoundOf({ proofRound }: Learner): number {
  return proofRound;
}
