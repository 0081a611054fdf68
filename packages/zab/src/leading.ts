import { counterOf, EPOCH_MAX, epochOf, makeZxid, type Zxid } from '@conclave/protocol';
import { compareCandidates } from './ballot.ts';
import { Confirmations } from './confirmations.ts';
import { electorate, isQuorumOfElectorate } from './electorate.ts';
import type { ServerId } from './entry.ts';
import { invariant, unreachable } from './invariant.ts';
import { Learner } from './learner.ts';
import type { Member } from './member.ts';
import type {
  Ack,
  AckEpoch,
  AckNewEpoch,
  AckNewLeader,
  Credentials,
  FollowerInfo,
  FollowerMessage,
  Notification,
  Pong,
} from './messages.ts';
import { ProposalRefusedError } from './proposal-refused-error.ts';
import { reachedByQuorum } from './quorum.ts';
import { Replication } from './replication.ts';
import type { Role } from './role.ts';
import type { FollowerStatus, Phase } from './status.ts';
import { planSync } from './sync-plan.ts';

/**
 * The way to a later epoch without an election. `promise`: a quorum must promise `next` durably, while
 * proposals go on in the old epoch. `open`: NewLeader of `next` is on its way, and nothing is proposed until a
 * quorum has made it durable.
 *
 * It is discovery and synchronisation once more, over the links that exist, and is safe for the same reason:
 * with a quorum of promises nobody else can establish an epoch up to `next`, and whoever has `next` as its
 * current epoch has the whole history under it.
 */
interface EpochChange {
  stage: 'promise' | 'open';
  readonly next: number;
  readonly promised: Set<ServerId>;
  /** The batch with which this server's own part is durable. */
  sequence: number;
}

/** A leader, prospective at first, established when a quorum acknowledged NEWLEADER (Zab paper, phases 1 to 3). */
export class Leading implements Role {
  readonly name = 'leading';
  readonly #member: Member;
  readonly #learners = new Map<ServerId, Learner>();
  readonly #replication: Replication;
  readonly #confirmations = new Confirmations();
  /** As they were when the votes were counted: the promise of the new epoch must not change who counts. */
  readonly #ownCredentials: Credentials;
  readonly #promised = new Set<ServerId>();
  #phase: Exclude<Phase, 'election'> = 'discovery';
  /** 0 until a quorum has said which epochs it accepted. */
  #epoch = 0;
  #ownPromise = 0;
  #ownNewLeader = 0;
  #change: EpochChange | undefined;
  #ticksToHeartbeat: number;
  #unestablishedTicks = 0;

  constructor(member: Member) {
    this.#member = member;
    this.#replication = new Replication(member);
    this.#ownCredentials = member.credentials;
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
    return Array.from(this.#learners.values(), (learner) => learner.status);
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
      this.#change?.stage !== 'open' &&
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
    else this.#confirmations.add(request, this.#member.lastCommitted);
  }

  /** Everything proposed goes out first, so that whoever is elected can have it. */
  resign(): void {
    this.flush();
    this.#member.resignedTicks = this.#member.settings.suspicionTicks;
    this.#member.look('resigned');
  }

  handleSnapshotSent(peer: ServerId, zxid: Zxid): void {
    const learner = this.#learners.get(peer);
    if (learner?.stage !== 'snapshot') return;
    const position = this.#member.history.positionAfter(zxid);
    // It took so long that the history behind it is gone: once more, with a newer checkpoint.
    if (position === undefined) this.#member.outbox.sendSnapshot(peer);
    else this.#beginStream(learner, 'diff', zxid, position);
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

  /** There is another leader, or one that was. Neither concerns us as long as a quorum follows. */
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
        this.#handlePong(learner, message);
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
    if (this.#change?.stage === 'promise') this.#maybeOpenEpoch();
    if (this.#change?.stage === 'open') this.#maybeCompleteChange();
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
    if (this.#confirmations.isGathering) this.#askForProof();
  }

  stop(): void {
    this.#confirmations.refuseAll(this.#member.outbox);
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

  /** Step l.1.1: a new epoch, later than any that a quorum has accepted. */
  #maybeChooseEpoch(): void {
    const { persistence, settings } = this.#member;
    const inSight = this.#inSight();
    if (!isQuorumOfElectorate(settings.quorum, inSight, inSight.keys())) return;
    let accepted = persistence.acceptedEpoch;
    for (const credentials of inSight.values()) accepted = Math.max(accepted, credentials.acceptedEpoch);
    invariant(accepted < EPOCH_MAX, 'the epochs are used up');
    this.#epoch = accepted + 1;
    // LeaderInfo need not wait for our own disk: our promise counts like any other, when it is durable.
    this.#ownPromise = persistence.setEpochs(this.#epoch, persistence.currentEpoch);
    for (const learner of this.#learners.values()) this.#offer(learner);
  }

  /** LeaderInfo, the paper's NEWEPOCH, to one that asked to follow. */
  #offer(learner: Learner): void {
    if (learner.info.acceptedEpoch > this.#epoch) {
      // It must not follow an epoch below one it accepted. An established leader goes on to a later one; a
      // prospective leader that cannot do without this follower gives up in `#checkSupport`.
      if (this.#phase === 'broadcast') this.#changeEpoch(learner.info.acceptedEpoch + 1);
      return;
    }
    const { settings } = this.#member;
    const promise = this.#phase === 'discovery' && electorate(settings.quorum, this.#inSight())(learner.id);
    learner.stage = 'offered';
    const { attempt } = learner.info;
    this.#member.send(learner.id, { type: 'leader-info', attempt, epoch: this.#epoch, promise });
  }

  #handleAckEpoch(learner: Learner, ack: AckEpoch): void {
    if (learner.stage !== 'offered') return;
    learner.stage = 'ready';
    learner.tails = ack.tails;
    if (this.#phase !== 'discovery') {
      this.#synchronise(learner);
      return;
    }
    if (!ack.promised) return;
    // The paper's leader would now fetch this history. Ours was elected for having the newest, so this is rare.
    const { history, id, persistence } = this.#member;
    const own = { currentEpoch: persistence.currentEpoch, lastZxid: history.last };
    const theirs = { currentEpoch: ack.currentEpoch, lastZxid: ack.tails[0] ?? history.base };
    if (compareCandidates(id, theirs, id, own) > 0) {
      this.#member.look('follower-ahead');
      return;
    }
    this.#promised.add(learner.id);
    this.#maybeSynchronise();
  }

  /** Credentials of this server and of all that follow it, as they were when they joined. */
  #inSight(): Map<ServerId, Credentials> {
    const inSight = new Map<ServerId, Credentials>([[this.#member.id, this.#ownCredentials]]);
    for (const learner of this.#learners.values()) inSight.set(learner.id, learner.info);
    return inSight;
  }

  /** Steps down when a quorum of followers is lost, or is out of reach for a leader not yet established. */
  #checkSupport(): void {
    const { id, settings } = this.#member;
    if (this.#phase !== 'broadcast') {
      if (!this.#isQuorumInReach()) this.#member.look('quorum-out-of-reach');
      return;
    }
    const support = new Set([id]);
    for (const learner of this.#learners.values()) if (learner.stage === 'active') support.add(learner.id);
    if (!settings.quorum.isQuorum(support)) this.#member.look('quorum-lost');
  }

  #isQuorumInReach(): boolean {
    const { ballots, id, settings } = this.#member;
    const inSight = this.#inSight();
    const hopeful = new Set([id]);
    for (const learner of this.#learners.values()) {
      const mayPromise = this.#epoch === 0 || learner.info.acceptedEpoch < this.#epoch;
      if (this.#phase !== 'discovery' || mayPromise || this.#promised.has(learner.id))
        hopeful.add(learner.id);
    }
    for (const [peer, ballot] of ballots) {
      if (ballot.leader !== id || this.#learners.has(peer)) continue;
      inSight.set(peer, ballot);
      hopeful.add(peer);
    }
    if (this.#phase === 'discovery') return isQuorumOfElectorate(settings.quorum, inSight, hopeful);
    return settings.quorum.isQuorum(hopeful);
  }

  // Synchronisation.

  /** The end of phase 1: a quorum, this server included, has promised the epoch durably. */
  #maybeSynchronise(): void {
    const { id, persistence, settings } = this.#member;
    if (this.#phase !== 'discovery' || this.#epoch === 0 || !persistence.isDurable(this.#ownPromise)) return;
    if (!isQuorumOfElectorate(settings.quorum, this.#inSight(), [...this.#promised, id])) return;
    this.#phase = 'synchronization';
    this.#ownNewLeader = persistence.setEpochs(this.#epoch, this.#epoch);
    for (const learner of this.#learners.values()) if (learner.stage === 'ready') this.#synchronise(learner);
  }

  /** Step l.2.1 for one follower, at any time. */
  #synchronise(learner: Learner): void {
    const plan = planSync(this.#member.history, learner.tails);
    if (plan.type === 'snap') {
      learner.stage = 'snapshot';
      this.#member.send(learner.id, { type: 'snap', epoch: this.#epoch });
      this.#member.outbox.sendSnapshot(learner.id);
      return;
    }
    this.#beginStream(learner, plan.type, plan.after, plan.position);
  }

  /** The history as it is now, uncommitted proposals included, NEWLEADER, and then whatever is proposed. */
  #beginStream(learner: Learner, type: 'diff' | 'trunc', after: Zxid, position: number): void {
    this.#member.send(learner.id, { type, epoch: this.#epoch, after });
    learner.stage = 'streaming';
    learner.sentEnd = position;
    this.#replication.stream(learner, this.#epoch, false);
    learner.ackedEnd = learner.sentEnd;
    this.#member.send(learner.id, { type: 'new-leader', epoch: this.#epoch });
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
    const { id, persistence, settings } = this.#member;
    const ids = new Set<ServerId>();
    if (persistence.isDurable(ownSequence)) ids.add(id);
    for (const learner of this.#learners.values())
      if (learner.ackedEpoch === this.#epoch) ids.add(learner.id);
    return settings.quorum.isQuorum(ids);
  }

  #activate(learner: Learner): void {
    const { committedEnd, history, lastCommitted } = this.#member;
    const committed = committedEnd <= learner.sentEnd ? lastCommitted : history.zxidBefore(learner.sentEnd);
    learner.stage = 'active';
    learner.committedSent = committed;
    this.#member.send(learner.id, { type: 'up-to-date', epoch: this.#epoch, committed });
    if (this.#change?.stage === 'promise') this.#askForPromise(learner, this.#change);
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
    // An entry trimmed meanwhile is committed; where it was does not matter any more.
    learner.ackedEnd = this.#member.history.positionAfter(zxid) ?? learner.ackedEnd;
  }

  /** Step l.3.2: what a quorum has on disk is committed; our own disk is one vote. */
  #advanceCommit(): void {
    const { id, persistence, settings } = this.#member;
    const ids = [id];
    const acked: number[] = [persistence.lastDurable];
    for (const learner of this.#learners.values()) {
      if (learner.stage !== 'active') continue;
      ids.push(learner.id);
      acked.push(learner.acked);
    }
    this.#member.commitThrough(reachedByQuorum(settings.quorum, ids, acked) as Zxid);
  }

  #heartbeat(): void {
    const ping = { type: 'ping', epoch: this.#epoch, round: this.#member.proofRound } as const;
    for (const learner of this.#learners.values()) {
      this.#member.send(learner.id, ping);
      if (!learner.snapshotRetry) continue;
      learner.snapshotRetry = false;
      this.#member.outbox.sendSnapshot(learner.id);
    }
  }

  #handlePong(learner: Learner, pong: Pong): void {
    if (learner.stage !== 'active' || pong.round <= learner.proofRound) return;
    learner.proofRound = pong.round;
    this.#settleConfirmations();
  }

  #askForProof(): void {
    this.#member.proofRound += 1;
    const round = this.#member.proofRound;
    const ping = { type: 'ping', epoch: this.#epoch, round } as const;
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'active') this.#member.send(learner.id, ping);
    }
    this.#confirmations.ask(round);
    this.#settleConfirmations();
  }

  #settleConfirmations(): void {
    if (this.#confirmations.isEmpty) return;
    const { id, outbox, proofRound, settings } = this.#member;
    const ids = [id];
    const rounds = [proofRound];
    for (const learner of this.#learners.values()) {
      if (learner.stage !== 'active') continue;
      ids.push(learner.id);
      rounds.push(learner.proofRound);
    }
    this.#confirmations.settle(reachedByQuorum(settings.quorum, ids, rounds), outbox);
  }

  /** A follower that fell out of the history must begin anew. Its loss is counted with the next tick. */
  #dismiss(learner: Learner): void {
    this.#learners.delete(learner.id);
    this.#member.send(learner.id, { type: 'dismiss', attempt: learner.info.attempt });
  }

  // The change of epoch.

  #changeEpoch(next: number): void {
    const { persistence } = this.#member;
    if (this.#change !== undefined && (this.#change.stage === 'open' || this.#change.next >= next)) return;
    invariant(next <= EPOCH_MAX, 'the epochs are used up');
    const sequence = persistence.setEpochs(next, persistence.currentEpoch);
    this.#change = { stage: 'promise', next, promised: new Set(), sequence };
    for (const learner of this.#learners.values()) {
      if (learner.stage === 'active') this.#askForPromise(learner, this.#change);
    }
  }

  #askForPromise(learner: Learner, change: EpochChange): void {
    this.#member.send(learner.id, { type: 'new-epoch', epoch: this.#epoch, next: change.next });
  }

  #handleAckNewEpoch(learner: Learner, ack: AckNewEpoch): void {
    if (this.#change?.stage !== 'promise' || ack.next !== this.#change.next) return;
    this.#change.promised.add(learner.id);
    this.#maybeOpenEpoch();
  }

  #maybeOpenEpoch(): void {
    const { id, persistence, settings } = this.#member;
    const change = this.#change;
    if (change?.stage !== 'promise' || !persistence.isDurable(change.sequence)) return;
    const promised = new Set([id]);
    for (const peer of change.promised) if (this.#learners.get(peer)?.stage === 'active') promised.add(peer);
    if (!settings.quorum.isQuorum(promised)) return;
    // The last word in the old epoch: nothing of it is sent after NEWLEADER.
    for (const learner of this.#learners.values()) {
      if (learner.streams && !this.#replication.stream(learner, this.#epoch, false)) this.#dismiss(learner);
    }
    this.#epoch = change.next;
    change.stage = 'open';
    change.sequence = persistence.setEpochs(change.next, change.next);
    for (const learner of this.#learners.values()) {
      if (learner.streams) this.#member.send(learner.id, { type: 'new-leader', epoch: this.#epoch });
    }
  }

  #maybeCompleteChange(): void {
    const change = this.#change;
    if (change?.stage !== 'open' || !this.#isEpochAcknowledged(change.sequence)) return;
    const member = this.#member;
    this.#change = undefined;
    member.commitThrough(member.history.last);
    member.announce({ role: 'leading', leader: member.id, epoch: this.#epoch });
    for (const learner of this.#learners.values()) if (learner.stage === 'joining') this.#offer(learner);
  }
}
