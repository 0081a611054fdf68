import { compareCandidates } from './ballot.ts';
import { isQuorumOfElectorate } from './electorate.ts';
import type { ServerId } from './entry.ts';
import type { Member } from './member.ts';
import type { Credentials, FollowerMessage, Notification } from './messages.ts';
import type { Role } from './role.ts';
import type { FollowerStatus } from './status.ts';

const NO_FOLLOWERS: readonly FollowerStatus[] = [];

/** The number of times that the pause before the next sending of our vote doubles. */
const RETRY_DOUBLINGS_MAX = 4;

/**
 * Fast leader election (Zab paper, phase 0; ZooKeeper's FastLeaderElection).
 *
 * Every member keeps the last Notification of each member it is connected to. It sends its own on every new connection
 * and whenever it changes. It decides from that table alone, so that no notification is lost on a member that was not
 * looking when it came. Unlike ZooKeeper's, a vote is not handed on: a server votes for the best candidate among the
 * members that it is connected to, and only a member with links to a quorum is a candidate. So no member votes for a
 * leader that it could not follow, or that could not lead.
 *
 * Votes count within one round of the logical clock. Safety does not rest on any of this: discovery checks
 * that the leader has the newest history of a quorum.
 */
export class Looking implements Role {
  readonly name = 'looking';
  readonly phase = 'election';
  readonly leader = undefined;
  readonly followers = NO_FOLLOWERS;
  readonly #member: Member;
  #vote: ServerId = 0;
  /** Ticks until a vote that a quorum shares is final although a member still disagrees. */
  #settle: { readonly vote: ServerId; readonly round: number; ticks: number } | undefined;
  #retries = 0;
  #retryTicks: number;

  constructor(member: Member) {
    this.#member = member;
    this.#retryTicks = member.settings.electionRetryTicks;
  }

  get epoch(): number {
    return this.#member.persistence.currentEpoch;
  }

  start(): void {
    this.#member.round += 1;
    this.#evaluate();
  }

  handleTick(): void {
    if (this.#settle !== undefined) this.#settle.ticks -= 1;
    this.#retryTicks -= 1;
    if (this.#retryTicks <= 0) {
      this.#retries = Math.min(this.#retries + 1, RETRY_DOUBLINGS_MAX);
      this.#retryTicks = this.#member.settings.electionRetryTicks * 2 ** this.#retries;
      this.#member.announceAgain();
    }
    this.#evaluate();
  }

  handleNotification(from: ServerId, ballot: Notification): void {
    const member = this.#member;
    if (ballot.leader !== member.id) member.earlyFollowers.delete(from);
    // It began to look after we sent our vote, perhaps after a restart, and may not have received it.
    if (ballot.role === 'looking' && ballot.round < member.round) member.announceTo(from);
    this.#evaluate();
  }

  handleFromFollower(from: ServerId, message: FollowerMessage): void {
    // It counted the votes before we did.
    if (message.type === 'follower-info') this.#member.earlyFollowers.set(from, message);
  }

  handleFromLeader(from: ServerId): void {
    this.#member.correct(from);
  }

  handleConnected(): void {
    this.#evaluate();
  }

  handleDisconnected(): void {
    this.#evaluate();
  }

  handleInstalled(): void {
    this.#evaluate();
  }

  handlePersisted(): void {}
  handleSnapshotProgress(): void {}
  handleSnapshotFailed(): void {}
  handleSnapshotReceived(): void {}
  flush(): void {}
  stop(): void {}

  #evaluate(): void {
    const member = this.#member;
    // Until the checkpoint is installed, this member does not know what it has, so it neither follows nor votes.
    const leader = member.installing ? undefined : this.#findLeader();
    if (leader !== undefined) {
      member.become({ to: 'following', leader });
      return;
    }
    this.#joinNewestRound();
    this.#vote = member.installing ? 0 : this.#bestCandidate();
    member.announce({ role: 'looking', leader: this.#vote, epoch: 0 });
    if (this.#vote === 0 || !this.#isDecided()) return;
    member.become(this.#vote === member.id ? { to: 'leading' } : { to: 'following', leader: this.#vote });
  }

  /** A leader that a quorum follows, or would follow with us. The newest one, if there are two for a moment. */
  #findLeader(): ServerId | undefined {
    const { ballots, id, settings } = this.#member;
    let found: ServerId | undefined;
    let foundEpoch = -1;
    for (const [peer, ballot] of ballots) {
      if (ballot.role !== 'leading' || ballot.epoch <= foundEpoch) continue;
      const supporters = new Set([id, peer]);
      for (const [other, theirs] of ballots) if (theirs.leader === peer) supporters.add(other);
      if (!settings.quorum.isQuorum(supporters)) continue;
      found = peer;
      foundEpoch = ballot.epoch;
    }
    return found;
  }

  /** A later round is under way: votes of ours in an earlier one count for nothing there. */
  #joinNewestRound(): void {
    for (const ballot of this.#member.ballots.values()) {
      if (ballot.role === 'looking' && ballot.round > this.#member.round) this.#member.round = ballot.round;
    }
  }

  #bestCandidate(): ServerId {
    const { ballots, credentials, electable, id, round } = this.#member;
    let best = electable ? id : 0;
    let bestBallot: Credentials = credentials;
    for (const [peer, ballot] of ballots) {
      if (ballot.role !== 'looking' || ballot.round !== round || !ballot.electable) continue;
      if (best === 0 || compareCandidates(peer, ballot, best, bestBallot) > 0) {
        best = peer;
        bestBallot = ballot;
      }
    }
    return best;
  }

  /** Whether a quorum shares our vote, and no connected member may still lead to a better one. */
  #isDecided(): boolean {
    const { ballots, credentials, id, round, settings } = this.#member;
    const inSight = new Map<ServerId, Credentials>(ballots).set(id, credentials);
    const votes = [id];
    let unanimous = true;
    for (const [peer, ballot] of ballots) {
      if (ballot.round === round && ballot.leader === this.#vote) votes.push(peer);
      else if (ballot.trusted && this.#willVote(ballot)) unanimous = false;
    }
    if (!isQuorumOfElectorate(settings.quorum, inSight, votes)) {
      this.#settle = undefined;
      return false;
    }
    if (unanimous) return true;
    if (this.#settle?.vote !== this.#vote || this.#settle.round !== round) {
      this.#settle = { vote: this.#vote, round, ticks: settings.electionSettleTicks };
    }
    return this.#settle.ticks <= 0;
  }

  /** It looks and has not joined our vote, or it follows one that leads no more and will look soon. */
  #willVote(ballot: Notification): boolean {
    return ballot.role === 'looking' || this.#member.ballots.get(ballot.leader)?.role !== 'leading';
  }
}
