import type { Member } from './member.ts';
import type { Role } from './role.ts';
import type { FollowerStatus } from './status.ts';

const NO_FOLLOWERS: readonly FollowerStatus[] = [];

/**
 * The disk has failed. What is on it is unknown, so this member promises and acknowledges nothing any more;
 * it says so once on every link, which makes a leader, or followers, turn from it at once.
 */
export class Failed implements Role {
  readonly name = 'failed';
  readonly phase = 'election';
  readonly leader = undefined;
  readonly followers = NO_FOLLOWERS;
  readonly #member: Member;

  constructor(member: Member) {
    this.#member = member;
  }

  get epoch(): number {
    return this.#member.persistence.currentEpoch;
  }

  start(): void {
    this.#member.persistence.abandon();
    this.#member.trusted = false;
    this.#member.announce({ role: 'looking', leader: 0, epoch: 0 });
  }

  handleTick(): void {}
  handleNotification(): void {}
  handleFromFollower(): void {}
  handleFromLeader(): void {}
  handleConnected(): void {}
  handleDisconnected(): void {}
  handlePersisted(): void {}
  handleSnapshotProgress(): void {}
  handleSnapshotFailed(): void {}
  handleSnapshotReceived(): void {}
  handleInstalled(): void {}
  flush(): void {}
  stop(): void {}
}
