import { counterOf, epochOf, makeZxid, unreachable, type Zxid } from '@conclave/protocol';
import { Discovery } from './discovery.ts';
import { isBlank } from './electorate.ts';
import type { ServerId } from './entry.ts';
import { EpochChange } from './epoch-change.ts';
import { LeadershipProofs } from './leadership-proofs.ts';
import { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type {
  Ack,
  AckEpoch,
  AckNewEpoch,
  AckNewLeader,
  FollowerInfo,
  FollowerMessage,
  Notification,
} from './messages.ts';
import { ProposalRefusedError } from './proposal-refused-error.ts';
import { Replication } from './replication.ts';
import type { Role } from './role.ts';
import type { FollowerStatus, Phase } from './status.ts';
import { Support } from './support.ts';
import { Synchronisation } from './synchronisation.ts';

/** A leader, prospective at first, established when a quorum acknowledged NEWLEADER (Zab paper, phases 1 to 3). */
export class Leading implements Role {
  readonly name = 'leading';
  readonly #member: Member;
  readonly #learners = new Map<ServerId, Learner>();
  readonly #replication: Replication;
  readonly #synchronisation: Synchronisation;
  readonly #discovery: Discovery;
  readonly #support: Support;
  readonly #proofs: LeadershipProofs;
  #phase: Exclude<Phase, 'election'> = 'discovery';
  /** 0 until a quorum has said which epochs it accepted. */
  #epoch = 0;
  #ownNewLeader = 0;
  #change: EpochChange | undefined;
  #ticksToHeartbeat: number;
  #unestablishedTicks = 0;

  constructor(member: Member) {
    this.#member = member;
    this.#replication = new Replication(member);
    this.#synchronisation = new Synchronisation(member, this.#replication);
    this.#discovery = new Discovery(member, this.#learners);
    this.#support = new Support(member.settings.quorum, member.id, this.#learners);
    this.#proofs = new LeadershipProofs(member, this.#learners, this.#support);
    this.#ticksToHeartbeat = member.settings.heartbeatTicks;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get leader(): ServerId {
    return this.#member.id;
  }

  get followers(): readonly FollowerStatus[] {
    const followers: FollowerStatus[] = [];
    for (const learner of this.#learners.values()) followers.push(learner.status);
    return followers;
  }

  start(): void {
    const member = this.#member;
    member.announce({ role: 'leading', leader: member.id, epoch: 0 });
    const early = [...member.earlyFollowers];
    member.earlyFollowers.clear();
    for (const [peer, info] of early) this.#learners.set(peer, new Learner(peer, info));
    this.#maybeChooseEpoch();
  }

  /** Whether `propose` takes up to `payloadsMax` payloads now. */
  get canPropose(): boolean {
    return (
      this.#phase === 'broadcast' &&
      this.#change?.isOpen !== true &&
      this.#counter + this.#payloadsMax <= this.#member.settings.counterMax
    );
  }

  /** Step l.3.1. Throws `ProposalRefusedError`, or `RangeError` for more payloads than are always possible. */
  propose(payloads: readonly Uint8Array[]): Zxid {
    if (payloads.length === 0 || payloads.length > this.#payloadsMax) {
      throw new RangeError(`${payloads.length} payloads, expected 1..${this.#payloadsMax}`);
    }
    if (!this.canPropose) {
      throw new ProposalRefusedError(this.#phase === 'broadcast' ? 'EPOCH_CHANGING' : 'NOT_ESTABLISHED');
    }
    const member = this.#member;
    const { counterMax, counterReserve } = member.settings;
    let counter = this.#counter;
    const first = makeZxid(this.#epoch, counter + 1);
    for (const payload of payloads) {
      counter += 1;
      member.append({ zxid: makeZxid(this.#epoch, counter), payload });
    }
    if (counter > counterMax - counterReserve) this.#changeEpoch(this.#epoch + 1);
    return first;
  }

  confirm(request: number): void {
    if (this.#phase !== 'broadcast') this.#member.outbox.refuse(request);
    else this.#proofs.confirm(request);
  }

  /** Everything proposed is sent first, so that the next leader can have it. */
  resign(): void {
    this.flush();
    this.#member.resignedTicks = this.#member.settings.suspicionTicks;
    this.#member.look('resigned');
  }

  handleSnapshotSent(peer: ServerId, zxid: Zxid): void {
    const learner = this.#learners.get(peer);
    if (learner?.stage === 'snapshot') this.#synchronisation.snapshotSent(learner, this.#epoch, zxid);
  }

  handleSnapshotFailed(peer: ServerId): void {
    const learner = this.#learners.get(peer);
    if (learner?.stage === 'snapshot') learner.snapshotRetry = true;
  }

  handleSnapshotProgress(peer: ServerId): void {
    const learner = this.#learners.get(peer);
    if (learner === undefined) return;
    learner.silentTicks = 0;
    this.#unestablishedTicks = 0;
  }

  handleTick(): void {
    const { settings, ballots } = this.#member;
    for (const learner of this.#learners.values()) {
      learner.silentTicks += 1;
      if (learner.silentTicks < settings.suspicionTicks) continue;
      this.#learners.delete(learner.id);
      ballots.delete(learner.id);
    }
    if (this.#phase !== 'broadcast') this.#unestablishedTicks += 1;
    if (this.#unestablishedTicks >= settings.syncTicks) this.#member.look('sync-timeout');
    else this.#checkSupport();
    this.#ticksToHeartbeat -= 1;
    if (this.#ticksToHeartbeat > 0) return;
    this.#ticksToHeartbeat = settings.heartbeatTicks;
    this.#heartbeat();
  }

  handleNotification(from: ServerId, ballot: Notification): void {
    if (ballot.role === 'looking' || ballot.leader !== this.#member.id) this.#learners.delete(from);
    this.#checkSupport();
  }

  /** There is another leader, or there was one. Neither matters to us as long as a quorum follows. */
  handleFromLeader(from: ServerId): void {
    this.#member.correct(from);
  }

  handleFromFollower(from: ServerId, message: FollowerMessage): void {
    if (message.type === 'follower-info') {
      this.#handleFollowerInfo(from, message);
      return;
    }
    const learner = this.#learners.get(from);
    if (learner === undefined) return;
    learner.silentTicks = 0;
    switch (message.type) {
      case 'ack-epoch':
        this.#handleAckEpoch(learner, message);
        return;
      case 'ack-new-leader':
        this.#handleAckNewLeader(learner, message);
        return;
      case 'ack':
        this.#handleAck(learner, message);
        return;
      case 'pong':
        if (this.#proofs.admit(learner, message)) this.#offerProven();
        return;
      case 'ack-new-epoch':
        this.#handleAckNewEpoch(learner, message);
        return;
      default:
        unreachable(message);
    }
  }

  handleConnected(): void {}

  handleDisconnected(peer: ServerId): void {
    this.#learners.delete(peer);
    this.#checkSupport();
  }

  handlePersisted(): void {
    if (this.#phase === 'discovery') this.#maybeSynchronise();
    if (this.#phase === 'synchronization') this.#maybeEstablish();
    if (this.#phase === 'broadcast') this.#advanceCommit();
    this.#maybeOpenEpoch();
    this.#maybeCompleteChange();
  }

  handleInstalled(): void {}
  handleSnapshotReceived(): void {}

  flush(): void {
    let snapshots = 0;
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'snapshot') snapshots += 1;
      if (!learner.streams) continue;
      if (!this.#replication.stream(learner, this.#epoch, true)) this.#dismiss(learner);
      else if (learner.stage === 'active') this.#replication.commit(learner, this.#epoch);
    }
    this.#member.snapshotsUnderway = snapshots;
    if (!this.#proofs.isWanted) return;
    this.#proofs.ask(this.#epoch);
    this.#offerProven();
  }

  stop(): void {
    this.#proofs.refuseAll();
    this.#member.snapshotsUnderway = 0;
  }

  /** Half of the reserve: the other half is for what is proposed while the next epoch opens. */
  get #payloadsMax(): number {
    return Math.max(1, Math.floor(this.#member.settings.counterReserve / 2));
  }

  get #counter(): number {
    const { last } = this.#member.history;
    return epochOf(last) === this.#epoch ? counterOf(last) : 0;
  }

  // Discovery.

  #handleFollowerInfo(from: ServerId, info: FollowerInfo): void {
    const learner = new Learner(from, info);
    this.#learners.set(from, learner);
    if (this.#epoch === 0) this.#maybeChooseEpoch();
    else this.#offer(learner);
    this.#checkSupport();
  }

  #maybeChooseEpoch(): void {
    this.#epoch = this.#discovery.chooseEpoch();
    if (this.#epoch > 0) for (const learner of this.#learners.values()) this.#offer(learner);
  }

  /** Sends LeaderInfo, the paper's NEWEPOCH, to a member that asked to follow. */
  #offer(learner: Learner): void {
    if (learner.info.acceptedEpoch > this.#epoch) {
      // It must not follow an epoch below one it accepted. An established leader goes on to a later one; a
      // prospective leader that cannot do without this follower gives up in `#checkSupport`.
      if (this.#phase === 'broadcast') this.#changeEpoch(learner.info.acceptedEpoch + 1);
      return;
    }
    if (!this.#mayOffer(learner)) return;
    const promise = this.#phase === 'discovery';
    learner.stage = 'offered';
    const { attempt } = learner.info;
    this.#member.send(learner.id, { type: 'leader-info', attempt, epoch: this.#epoch, promise });
  }

  #handleAckEpoch(learner: Learner, ack: AckEpoch): void {
    if (learner.stage !== 'offered') return;
    learner.stage = 'ready';
    learner.tails = ack.tails;
    if (this.#phase !== 'broadcast' && this.#discovery.isAhead(ack)) {
      this.#member.look('follower-ahead');
      return;
    }
    if (this.#phase !== 'discovery') {
      this.#synchronisation.begin(learner, this.#epoch);
      return;
    }
    this.#discovery.admit(learner, ack);
    this.#maybeSynchronise();
  }

  /**
   * A member that lost its disk, or a part of it, may have promised a later epoch without a record of it. If we were
   * replaced unawares, its support would make us a quorum again, beside our successor's. So first, after the newcomer has
   * come, a quorum of the others must say that it still follows us. Until then the newcomer gets nothing by which it
   * would come to count.
   */
  #mayOffer(learner: Learner): boolean {
    if (this.#phase === 'discovery') return this.#discovery.counts(learner);
    if (learner.info.trusted && !isBlank(learner.info)) return true;
    return this.#phase === 'broadcast' && this.#proofs.isProvenSince(learner);
  }

  /** Offers to the followers that waited until a quorum had answered. */
  #offerProven(): void {
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'joining' && learner.offerRound !== undefined) this.#offer(learner);
    }
  }

  /** Steps down when a quorum of followers is lost, or is out of reach for a leader not yet established. */
  #checkSupport(): void {
    if (this.#phase === 'broadcast') {
      if (!this.#support.isActive) this.#member.look('quorum-lost');
    } else if (!this.#isQuorumInReach()) {
      this.#member.look('quorum-out-of-reach');
    }
  }

  #isQuorumInReach(): boolean {
    if (this.#phase === 'discovery') return this.#discovery.isInReach;
    return this.#support.isInReach(this.#member.ballots);
  }

  // Synchronisation.

  #maybeSynchronise(): void {
    const { persistence } = this.#member;
    if (!this.#discovery.isComplete) return;
    this.#phase = 'synchronization';
    this.#ownNewLeader = persistence.setEpochs(this.#epoch, this.#epoch);
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'ready') this.#synchronisation.begin(learner, this.#epoch);
    }
  }

  #handleAckNewLeader(learner: Learner, ack: AckNewLeader): void {
    if (!learner.streams) return;
    learner.ackedEpoch = ack.epoch;
    this.#noteAcked(learner, ack.zxid);
    if (this.#phase === 'synchronization') this.#maybeEstablish();
    else if (learner.stage === 'streaming') this.#activate(learner);
    if (this.#phase === 'broadcast') this.#advanceCommit();
    this.#maybeCompleteChange();
  }

  /** Step l.2.2: with a quorum of acknowledgements the initial history is committed. */
  #maybeEstablish(): void {
    if (!this.#isEpochAcknowledged(this.#ownNewLeader)) return;
    const member = this.#member;
    this.#phase = 'broadcast';
    this.#unestablishedTicks = 0;
    member.commitThrough(member.history.last);
    member.announce({ role: 'leading', leader: member.id, epoch: this.#epoch });
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'streaming' && learner.ackedEpoch === this.#epoch) this.#activate(learner);
      else if (learner.stage === 'joining') this.#offer(learner);
    }
    this.#checkSupport();
  }

  /** Whether a quorum has made NEWLEADER of the present epoch durable. */
  #isEpochAcknowledged(ownSequence: number): boolean {
    return this.#support.hasEpoch(this.#epoch, this.#member.persistence.isDurable(ownSequence));
  }

  #activate(learner: Learner): void {
    const { committedEnd, history, lastCommitted } = this.#member;
    const committed = committedEnd <= learner.sentEnd ? lastCommitted : history.zxidBefore(learner.sentEnd);
    learner.stage = 'active';
    learner.committedSent = committed;
    this.#member.send(learner.id, { type: 'up-to-date', epoch: this.#epoch, committed });
    this.#change?.ask(learner, this.#epoch);
  }

  // Broadcast.

  #handleAck(learner: Learner, ack: Ack): void {
    if (learner.stage !== 'active') return;
    this.#noteAcked(learner, ack.zxid);
    this.#advanceCommit();
  }

  #noteAcked(learner: Learner, zxid: Zxid): void {
    if (zxid <= learner.acked) return;
    learner.acked = zxid;
    // An entry that was trimmed meanwhile is committed. Its position no longer matters.
    learner.ackedEnd = this.#member.history.positionAfter(zxid) ?? learner.ackedEnd;
  }

  /** Step l.3.2: entries that a quorum has on disk are committed. Our own disk is one vote. */
  #advanceCommit(): void {
    const { persistence } = this.#member;
    this.#member.commitThrough(this.#support.ackedThrough(persistence.lastDurable));
  }

  #heartbeat(): void {
    const ping = { type: 'ping', epoch: this.#epoch, round: this.#member.proofRound } as const;
    for (const learner of this.#learners.values()) {
      this.#member.send(learner.id, ping);
      this.#synchronisation.retry(learner);
    }
  }

  /** A follower that fell out of the history must begin anew. Its loss is counted with the next tick. */
  #dismiss(learner: Learner): void {
    this.#learners.delete(learner.id);
    this.#member.send(learner.id, { type: 'dismiss', attempt: learner.info.attempt });
  }

  // The change of epoch.

  #changeEpoch(next: number): void {
    // When the change under way is done, a member that still needs a later epoch will ask again.
    if (this.#change !== undefined && (this.#change.isOpen || this.#change.next >= next)) return;
    this.#change = new EpochChange(this.#member, this.#learners, this.#epoch, next);
  }

  #handleAckNewEpoch(learner: Learner, ack: AckNewEpoch): void {
    this.#change?.admit(learner, ack);
    this.#maybeOpenEpoch();
  }

  #maybeOpenEpoch(): void {
    const change = this.#change;
    if (change === undefined || change.isOpen || !change.isPromised) return;
    // The last message in the old epoch, because nothing of it is sent after NEWLEADER.
    for (const learner of this.#learners.values()) {
      if (learner.streams && !this.#replication.stream(learner, this.#epoch, false)) this.#dismiss(learner);
    }
    this.#epoch = change.next;
    change.open();
    for (const learner of this.#learners.values()) {
      if (learner.streams) this.#member.send(learner.id, { type: 'new-leader', epoch: this.#epoch });
    }
  }

  #maybeCompleteChange(): void {
    const change = this.#change;
    if (change?.isOpen !== true || !this.#isEpochAcknowledged(change.ownNewLeader)) return;
    const member = this.#member;
    this.#change = undefined;
    member.commitThrough(member.history.last);
    member.announce({ role: 'leading', leader: member.id, epoch: this.#epoch });
    for (const learner of this.#learners.values()) if (learner.stage === 'joining') this.#offer(learner);
  }
}
