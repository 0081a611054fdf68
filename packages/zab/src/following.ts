import { invariant, unreachable, type Zxid } from '@conclave/protocol';
import type { Entry, ServerId } from './entry.ts';
import { follows } from './history.ts';
import type { Member } from './member.ts';
import type {
  Diff,
  FollowerMessage,
  LeaderInfo,
  LeaderMessage,
  NewEpoch,
  NewLeader,
  Notification,
  Proposal,
  Trunc,
  UpToDate,
} from './messages.ts';
import type { Role } from './role.ts';
import type { FollowerStatus, Phase } from './status.ts';

const NO_FOLLOWERS: readonly FollowerStatus[] = [];

/** The messages that build history, in the order of the link. */
type HistoryMessage = Exclude<LeaderMessage, { type: 'ping' | 'dismiss' | 'leader-info' }>;

/** The history a leader sends, until NewLeader makes it ours: log and epoch change together or not at all. */
interface Staged {
  readonly after: Zxid;
  readonly entries: Entry[];
}

/** Something owed to the leader as soon as a batch is durable. */
interface Owed<T> {
  readonly sequence: number;
  readonly value: T;
}

/**
 * A follower, from FollowerInfo to the end of its leader (Zab paper, phases 1 to 3, the follower's part).
 *
 * Every acknowledgement is owed to *this* attempt to follow, and is sent when the disk has what it acknowledges. When the
 * role ends, the acknowledgements it owes end with it. So none can reach a leader that it was not meant for.
 */
export class Following implements Role {
  readonly name = 'following';
  readonly leader: ServerId;
  readonly followers = NO_FOLLOWERS;
  readonly #member: Member;
  readonly #attempt: number;
  #phase: Exclude<Phase, 'election'> = 'discovery';
  /** The epoch agreed on with the leader; 0 before LeaderInfo. */
  #epoch = 0;
  #staged: Staged | undefined;
  /** A checkpoint is on its way. The leader's messages after it wait here until it is installed. */
  #behindSnapshot: HistoryMessage[] | undefined;
  /** NewLeader came: log and epoch are the leader's, and what follows is appended. */
  #synchronised = false;
  #owedAckEpoch: Owed<boolean> | undefined;
  #owedAckNewLeader: Owed<number> | undefined;
  #owedAckNewEpoch: Owed<number> | undefined;
  /** The last zxid that the leader knows to be durable here; undefined before the first AckNewLeader. */
  #acked: Zxid | undefined;
  #owedPong: number | undefined;
  #silentTicks = 0;
  #syncTicks = 0;

  constructor(member: Member, leader: ServerId) {
    this.#member = member;
    this.leader = leader;
    member.attempt += 1;
    this.#attempt = member.attempt;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Zab paper, step f.1.1: CEPOCH. */
  start(): void {
    const member = this.#member;
    member.earlyFollowers.clear();
    member.announce({ role: 'following', leader: this.leader, epoch: 0 });
    member.send(this.leader, { type: 'follower-info', attempt: this.#attempt, ...member.credentials });
  }

  handleTick(): void {
    const { settings, ballots, installing } = this.#member;
    this.#silentTicks += 1;
    if (this.#silentTicks >= settings.suspicionTicks) {
      // If its last notification was that it leads, it must say so again before this member believes it.
      if (ballots.get(this.leader)?.role === 'leading') ballots.delete(this.leader);
      this.#member.look('leader-silent');
      return;
    }
    if (this.#phase === 'broadcast' || installing) return;
    this.#syncTicks += 1;
    if (this.#syncTicks >= settings.syncTicks) this.#member.look('sync-timeout');
  }

  handleNotification(from: ServerId, ballot: Notification): void {
    if (from !== this.leader) return;
    if (ballot.role === 'leading') {
      this.#silentTicks = 0;
      return;
    }
    // While we wait for its LeaderInfo it may not have counted the votes yet; but not for long.
    const deciding =
      this.#phase === 'discovery' &&
      ballot.role === 'looking' &&
      ballot.leader === this.leader &&
      ballot.round <= this.#member.round;
    if (!deciding) this.#member.look('leader-looking');
  }

  handleFromFollower(from: ServerId, message: FollowerMessage): void {
    if (message.type === 'follower-info') this.#member.announceTo(from);
  }

  handleFromLeader(from: ServerId, message: LeaderMessage): void {
    if (from !== this.leader) {
      this.#member.correct(from);
      return;
    }
    this.#silentTicks = 0;
    switch (message.type) {
      case 'ping':
        this.#owedPong = message.round;
        return;
      case 'dismiss':
        if (message.attempt === this.#attempt) this.#member.look('dismissed');
        return;
      case 'leader-info':
        this.#handleLeaderInfo(message);
        return;
      default:
        // Before the answer to this attempt, messages for the attempt before it may arrive.
        if (this.#phase === 'discovery') return;
        if (this.#behindSnapshot !== undefined) this.#behindSnapshot.push(message);
        else this.#handleHistory(message);
    }
  }

  handleConnected(): void {}

  handleDisconnected(peer: ServerId): void {
    if (peer === this.leader) this.#member.look('leader-disconnected');
  }

  handlePersisted(): void {
    const { persistence } = this.#member;
    this.#payAckEpoch();
    if (this.#owedAckNewLeader !== undefined && persistence.isDurable(this.#owedAckNewLeader.sequence)) {
      this.#acked = persistence.lastDurable;
      this.#send({ type: 'ack-new-leader', epoch: this.#owedAckNewLeader.value, zxid: this.#acked });
      this.#owedAckNewLeader = undefined;
    }
    if (this.#owedAckNewEpoch !== undefined && persistence.isDurable(this.#owedAckNewEpoch.sequence)) {
      this.#send({ type: 'ack-new-epoch', next: this.#owedAckNewEpoch.value });
      this.#owedAckNewEpoch = undefined;
    }
  }

  handleSnapshotProgress(peer: ServerId): void {
    if (peer !== this.leader) return;
    this.#silentTicks = 0;
    this.#syncTicks = 0;
  }

  handleSnapshotFailed(peer: ServerId): void {
    if (peer === this.leader && this.#behindSnapshot !== undefined) this.#member.look('snapshot-failed');
  }

  handleSnapshotReceived(peer: ServerId, zxid: Zxid): void {
    const member = this.#member;
    if (peer !== this.leader || this.#behindSnapshot === undefined || member.installing) return;
    if (zxid < member.lastCommitted) {
      this.#violation();
      return;
    }
    member.installing = true;
    member.outbox.snapshotToInstall = { from: peer, zxid };
  }

  handleInstalled(): void {
    this.#syncTicks = 0;
    const waiting = this.#behindSnapshot ?? [];
    this.#behindSnapshot = undefined;
    for (const message of waiting) {
      if (this.#member.next !== undefined) return;
      this.#handleHistory(message);
    }
  }

  flush(): void {
    const { lastDurable } = this.#member.persistence;
    if (this.#acked !== undefined && lastDurable > this.#acked) {
      this.#acked = lastDurable;
      this.#send({ type: 'ack', epoch: this.#epoch, zxid: lastDurable });
    }
    if (this.#owedPong !== undefined) {
      this.#send({ type: 'pong', epoch: this.#epoch, round: this.#owedPong });
      this.#owedPong = undefined;
    }
  }

  stop(): void {}

  /** Steps f.1.2 and f.1.3: accept the epoch, durably if the leader still collects promises. */
  #handleLeaderInfo(message: LeaderInfo): void {
    if (message.attempt !== this.#attempt || this.#phase !== 'discovery') return;
    const { persistence } = this.#member;
    if (message.epoch < persistence.acceptedEpoch) {
      this.#violation();
      return;
    }
    this.#epoch = message.epoch;
    this.#phase = 'synchronization';
    // An epoch is promised once. If it was promised before, that may have been to another member.
    const promised = message.promise && message.epoch > persistence.acceptedEpoch;
    if (promised) persistence.setEpochs(message.epoch, persistence.currentEpoch);
    // Batches on their way to the disk must get there first, because nothing may be in flight below a truncation.
    this.#owedAckEpoch = { sequence: persistence.sequence, value: promised };
    this.#payAckEpoch();
  }

  #payAckEpoch(): void {
    const { persistence, history } = this.#member;
    const owed = this.#owedAckEpoch;
    if (owed === undefined || !persistence.isDurable(owed.sequence)) return;
    this.#owedAckEpoch = undefined;
    this.#send({
      type: 'ack-epoch',
      epoch: this.#epoch,
      promised: owed.value,
      currentEpoch: persistence.currentEpoch,
      tails: history.tails(),
    });
  }

  #handleHistory(message: HistoryMessage): void {
    switch (message.type) {
      case 'diff':
      case 'trunc':
        this.#handleBase(message);
        return;
      case 'snap':
        if (this.#synchronised || this.#owedAckEpoch !== undefined) this.#violation();
        else this.#behindSnapshot = [];
        return;
      case 'proposal':
        this.#handleProposal(message);
        return;
      case 'new-leader':
        this.#handleNewLeader(message);
        return;
      case 'up-to-date':
        this.#handleUpToDate(message);
        return;
      case 'commit':
        if (this.#phase === 'broadcast') this.#commit(message.zxid);
        return;
      case 'new-epoch':
        this.#handleNewEpoch(message);
        return;
      default:
        unreachable(message);
    }
  }

  /** Where the leader's history leaves ours: at its end (Diff), or before entries that are to go (Trunc). */
  #handleBase(message: Diff | Trunc): void {
    const { history, lastCommitted } = this.#member;
    const fits = message.type === 'diff' ? message.after === history.last : message.after < history.last;
    if (this.#synchronised || this.#owedAckEpoch !== undefined || message.epoch < this.#epoch || !fits) {
      this.#violation();
      return;
    }
    invariant(
      message.after >= lastCommitted,
      `leader ${this.leader} cuts below our commit point ${lastCommitted}`,
    );
    this.#epoch = message.epoch;
    this.#staged = { after: message.after, entries: [] };
  }

  /** Step f.3.1: log the proposals, in order and without a gap. */
  #handleProposal(message: Proposal): void {
    const member = this.#member;
    const staged = this.#staged;
    const last = staged === undefined ? member.history.last : (staged.entries.at(-1)?.zxid ?? staged.after);
    const first = message.entries[0];
    const expected = staged !== undefined || this.#synchronised;
    if (!expected || message.epoch !== this.#epoch || first === undefined || !follows(last, first.zxid)) {
      this.#violation();
      return;
    }
    if (staged !== undefined) {
      for (const entry of message.entries) staged.entries.push(entry);
      return;
    }
    for (const entry of message.entries) member.append(entry);
    if (this.#phase === 'broadcast') this.#commit(message.committed);
  }

  /**
   * Step f.2.1: the leader's history and its epoch become ours, in one batch. Acknowledging before that batch
   * is durable is what lost committed transactions elsewhere (ZOOKEEPER-3911, 4643, 4646, 4785).
   *
   * A second NewLeader, of a later epoch, opens that epoch in band: the history under it is what we have.
   */
  #handleNewLeader(message: NewLeader): void {
    const member = this.#member;
    const { persistence } = member;
    const staged = this.#staged;
    const expected = this.#synchronised ? message.epoch > this.#epoch : staged !== undefined;
    if (!expected || message.epoch < this.#epoch || message.epoch < persistence.acceptedEpoch) {
      this.#violation();
      return;
    }
    if (staged !== undefined) {
      if (staged.after < member.history.last) member.truncate(staged.after);
      for (const entry of staged.entries) member.append(entry);
      this.#staged = undefined;
    }
    this.#epoch = message.epoch;
    this.#synchronised = true;
    const sequence = persistence.setEpochs(message.epoch, message.epoch);
    member.trustOnceDurable(sequence);
    this.#owedAckNewLeader = { sequence, value: message.epoch };
  }

  /** Step f.2.2: the leader is established, and the history under NewLeader is committed. */
  #handleUpToDate(message: UpToDate): void {
    if (this.#acked === undefined || message.epoch !== this.#epoch) {
      this.#violation();
      return;
    }
    this.#phase = 'broadcast';
    this.#commit(message.committed);
    this.#member.announce({ role: 'following', leader: this.leader, epoch: this.#epoch });
  }

  /** The first half of an in-band change of epoch: a promise, as in discovery, given while we go on following. */
  #handleNewEpoch(message: NewEpoch): void {
    const { persistence } = this.#member;
    if (!this.#synchronised || message.epoch !== this.#epoch) {
      this.#violation();
      return;
    }
    if (message.next <= persistence.acceptedEpoch) return;
    const sequence = persistence.setEpochs(message.next, persistence.currentEpoch);
    this.#owedAckNewEpoch = { sequence, value: message.next };
  }

  #commit(zxid: Zxid): void {
    if (zxid > this.#member.history.last) this.#violation();
    else this.#member.commitThrough(zxid);
  }

  /** The leader sent a message that a correct leader, on a link without gaps, never sends. So begin anew. */
  #violation(): void {
    this.#member.ballots.delete(this.leader);
    this.#member.look('protocol-violation');
  }

  #send(message: FollowerMessage): void {
    this.#member.send(this.leader, message);
  }
}
