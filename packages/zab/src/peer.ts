import { unreachable, type Zxid } from '@conclave/protocol';
import type { DurableState } from './durable-state.ts';
import type { ServerId } from './entry.ts';
import type { ZabEvent } from './events.ts';
import { Failed } from './failed.ts';
import { Following } from './following.ts';
import { Leading } from './leading.ts';
import { Looking } from './looking.ts';
import { Member, type Transition } from './member.ts';
import type { Notification, ZabMessage } from './messages.ts';
import { resolveOptions, type ZabOptions } from './options.ts';
import { ProposalRefusedError } from './proposal-refused-error.ts';
import type { Ready } from './ready.ts';
import type { Role } from './role.ts';
import type { Obstacle, RoleChangeReason, ZabStatus } from './status.ts';

/**
 * One member of an ensemble that agrees on a sequence of entries: the Zab protocol (Junqueira, Reed, Serafini,
 * DSN 2011) as a state machine without I/O, time or chance. Pass each event to `step`, then do everything that
 * `takeReady` returns. Equal events in equal order have equal effects.
 *
 * These invariants hold at all times and on all members:
 * - `committed` is a prefix of one and the same sequence, and nothing that any member saw there is ever lost
 *   while a quorum keeps its disks;
 * - at most one leader is established in an epoch, and nothing that an earlier leader proposes is committed
 *   once a later one is established, however long the earlier one was paused;
 * - an acknowledgement or promise leaves only after `persisted` for what it speaks of.
 *
 * Any method may throw `InvariantError`: then state is no longer to be trusted and the process must stop.
 */
export class Peer {
  readonly #member: Member;
  #role: Role;
  #lastLookedFor: RoleChangeReason = 'started';

  /** Throws `RangeError` for options that cannot work, `InvariantError` for a log with a gap. */
  constructor(options: ZabOptions, durable: DurableState) {
    this.#member = new Member(resolveOptions(options), durable);
    this.#role = new Looking(this.#member);
    this.#role.start();
    this.#changeRole();
  }

  step(event: ZabEvent): void {
    this.#handle(event);
    this.#changeRole();
    this.#member.check();
  }

  /** Whether `propose` would be accepted now: an established leader, and not in between two epochs. */
  get canPropose(): boolean {
    return this.#role instanceof Leading && this.#role.canPropose;
  }

  /** The end of the log, durable or not. */
  get lastLogged(): Zxid {
    return this.#member.history.last;
  }

  /** Entries logged and not committed. */
  get outstanding(): number {
    return this.#member.history.end - this.#member.committedEnd;
  }

  /**
   * Leader: puts the payloads into the total order and returns the zxid of the first; the others follow it
   * without a gap. They are committed when they appear in `Ready.committed`, and their fate is unknown if
   * the leadership ends before. The payloads are kept, not copied.
   *
   * Throws `ProposalRefusedError` unless `canPropose`, and `RangeError` for none or for more than half of
   * `counterReserve` payloads (half a million, by default).
   */
  propose(payloads: readonly Uint8Array[]): Zxid {
    if (!(this.#role instanceof Leading)) throw new ProposalRefusedError('NOT_LEADING');
    return this.#role.propose(payloads);
  }

  /** Everything to do since the last call. Call it after a `step`, or once after several. */
  takeReady(): Ready {
    this.#role.flush();
    return this.#member.takeReady();
  }

  status(): ZabStatus {
    const { history, persistence } = this.#member;
    const { epoch, followers, leader, name, phase } = this.#role;
    return {
      role: name,
      phase,
      epoch,
      leader,
      acceptedEpoch: persistence.acceptedEpoch,
      currentEpoch: persistence.currentEpoch,
      lastLogged: history.last,
      lastCommitted: this.#member.lastCommitted,
      lastDurable: persistence.lastDurable,
      outstanding: this.outstanding,
      canPropose: this.canPropose,
      historyEntries: history.length,
      historyBytes: history.bytes,
      followers,
      trusted: this.#member.trusted,
      obstacle: this.#obstacle(),
      round: this.#member.round,
      lastLookedFor: this.#lastLookedFor,
    };
  }

  #handle(event: ZabEvent): void {
    const member = this.#member;
    const role = this.#role;
    switch (event.type) {
      case 'tick':
        member.handleTick();
        role.handleTick();
        return;
      case 'peer-connected':
        this.#handleConnected(event.peer);
        return;
      case 'peer-disconnected':
        this.#handleDisconnected(event.peer);
        return;
      case 'message':
        // A message of a connection that is gone, or of a server that is not a member, is ignored.
        if (member.connected.has(event.from)) this.#handleMessage(event.from, event.message);
        return;
      case 'persisted':
        if (role.name === 'failed') return;
        member.persisted(event.sequence);
        role.handlePersisted();
        return;
      case 'propose':
        this.propose(event.payloads);
        return;
      case 'confirm-leadership':
        if (role instanceof Leading) role.confirm(event.request);
        else member.outbox.refuse(event.request);
        return;
      case 'resign':
        if (role instanceof Leading) role.resign();
        return;
      case 'checkpointed':
        member.checkpointed(event.zxid);
        return;
      case 'snapshot-progress':
        role.handleSnapshotProgress(event.peer);
        return;
      case 'snapshot-sent':
        if (role instanceof Leading) role.handleSnapshotSent(event.peer, event.zxid);
        return;
      case 'snapshot-failed':
        role.handleSnapshotFailed(event.peer);
        return;
      case 'snapshot-received':
        role.handleSnapshotReceived(event.peer, event.zxid);
        return;
      case 'snapshot-installed':
        if (role.name === 'failed') return;
        member.installed(event.zxid);
        role.handleInstalled();
        return;
      case 'storage-failed':
        member.become({ to: 'failed' });
        return;
      default:
        unreachable(event);
    }
  }

  #handleConnected(peer: ServerId): void {
    const member = this.#member;
    if (peer === member.id || !member.settings.quorum.members.has(peer)) return;
    if (member.connected.has(peer)) this.#handleDisconnected(peer);
    this.#changeRole();
    member.handleConnected(peer);
    member.announceTo(peer);
    this.#role.handleConnected(peer);
  }

  #handleDisconnected(peer: ServerId): void {
    const member = this.#member;
    if (!member.handleDisconnected(peer)) return;
    member.ballots.delete(peer);
    member.earlyFollowers.delete(peer);
    this.#role.handleDisconnected(peer);
  }

  #handleMessage(from: ServerId, message: ZabMessage): void {
    switch (message.type) {
      case 'notification':
        this.#handleNotification(from, message);
        return;
      case 'follower-info':
      case 'ack-epoch':
      case 'ack-new-leader':
      case 'ack':
      case 'pong':
      case 'ack-new-epoch':
        this.#role.handleFromFollower(from, message);
        return;
      case 'leader-info':
      case 'diff':
      case 'trunc':
      case 'snap':
      case 'new-leader':
      case 'up-to-date':
      case 'proposal':
      case 'commit':
      case 'ping':
      case 'new-epoch':
      case 'dismiss':
        this.#role.handleFromLeader(from, message);
        return;
      default:
        unreachable(message);
    }
  }

  #handleNotification(from: ServerId, ballot: Notification): void {
    this.#member.ballots.set(from, ballot);
    this.#role.handleNotification(from, ballot);
    this.#changeRole();
    // One that looks may have given up our leader, or us, and needs to hear that there is one.
    const settled = this.#role.name === 'following' || this.#role.name === 'leading';
    if (ballot.role === 'looking' && settled) this.#member.announceTo(from);
  }

  #changeRole(): void {
    for (let next = this.#member.next; next !== undefined; next = this.#member.next) {
      this.#member.next = undefined;
      this.#role.stop();
      if (next.to === 'looking') this.#lastLookedFor = next.reason;
      this.#role = this.#makeRole(next);
      this.#role.start();
    }
  }

  #makeRole(next: Transition): Role {
    switch (next.to) {
      case 'looking':
        return new Looking(this.#member);
      case 'following':
        return new Following(this.#member, next.leader);
      case 'leading':
        return new Leading(this.#member);
      case 'failed':
        return new Failed(this.#member);
      default:
        return unreachable(next);
    }
  }

  #obstacle(): Obstacle | undefined {
    const member = this.#member;
    if (this.#role.name === 'failed') return 'storage-failed';
    if (!member.trusted) return 'untrusted';
    if (member.installing) return 'installing-snapshot';
    return member.reachesQuorum ? undefined : 'no-links-to-a-quorum';
  }
}
