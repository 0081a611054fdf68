import { EPOCH_MAX, invariant } from '@conclave/protocol';
import type { ServerId } from './entry.ts';
import type { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type { AckNewEpoch } from './messages.ts';

/**
 * The way to a later epoch without an election, in two halves. First a quorum must promise `next` durably,
 * while proposals go on in the old epoch. Then NEWLEADER of `next` is sent, and nothing is proposed until a
 * quorum has made it durable.
 *
 * It is discovery and synchronisation once more, over the links that exist, and is safe for the same reason:
 * with a quorum of promises no other member can establish an epoch up to `next`, or has done so, because a member that
 * promises still follows. And a member with `next` as its current epoch has the whole history under it. With one half
 * only, a leader that was replaced unawares could give itself, alone, an epoch that beats its successor's.
 */
export class EpochChange {
  readonly next: number;
  readonly #member: Member;
  readonly #learners: ReadonlyMap<ServerId, Learner>;
  readonly #promised = new Set<ServerId>();
  readonly #ownPromise: number;
  /** The batch with which our own part of the second half is durable; 0 during the first. */
  #ownNewLeader = 0;

  constructor(member: Member, learners: ReadonlyMap<ServerId, Learner>, epoch: number, next: number) {
    invariant(next <= EPOCH_MAX, 'the epochs are used up');
    this.next = next;
    this.#member = member;
    this.#learners = learners;
    this.#ownPromise = member.persistence.setEpochs(next, member.persistence.currentEpoch);
    for (const learner of learners.values()) if (learner.stage === 'active') this.ask(learner, epoch);
  }

  get isOpen(): boolean {
    return this.#ownNewLeader > 0;
  }

  get ownNewLeader(): number {
    return this.#ownNewLeader;
  }

  /** Asks an active follower for its promise. */
  ask(learner: Learner, epoch: number): void {
    if (!this.isOpen) this.#member.send(learner.id, { type: 'new-epoch', epoch, next: this.next });
  }

  admit(learner: Learner, ack: AckNewEpoch): void {
    if (ack.next === this.next) this.#promised.add(learner.id);
  }

  /** Whether a quorum that still follows has promised. */
  get isPromised(): boolean {
    const { id, persistence, settings } = this.#member;
    if (!persistence.isDurable(this.#ownPromise)) return false;
    const promised = new Set([id]);
    for (const peer of this.#promised) if (this.#learners.get(peer)?.stage === 'active') promised.add(peer);
    return settings.quorum.isQuorum(promised);
  }

  open(): void {
    this.#ownNewLeader = this.#member.persistence.setEpochs(this.next, this.next);
  }
}
