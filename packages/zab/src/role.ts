import type { Zxid } from '@conclave/protocol';
import type { ServerId } from './entry.ts';
import type { FollowerMessage, LeaderMessage, Notification } from './messages.ts';
import type { FollowerStatus, Phase, RoleName } from './status.ts';

/**
 * One role of a member, from taking it to leaving it. A handler that decides to leave says so with
 * `Member.become` or `Member.look` and returns; the change happens when the handler is done.
 */
export interface Role {
  readonly name: RoleName;
  readonly phase: Phase;
  readonly epoch: number;
  readonly leader: ServerId | undefined;
  readonly followers: readonly FollowerStatus[];
  start(): void;
  handleTick(): void;
  handleNotification(from: ServerId, ballot: Notification): void;
  handleFromFollower(from: ServerId, message: FollowerMessage): void;
  handleFromLeader(from: ServerId, message: LeaderMessage): void;
  handleConnected(peer: ServerId): void;
  handleDisconnected(peer: ServerId): void;
  /** Something more is durable. */
  handlePersisted(): void;
  handleSnapshotProgress(peer: ServerId): void;
  handleSnapshotFailed(peer: ServerId): void;
  handleSnapshotReceived(peer: ServerId, zxid: Zxid): void;
  /** The checkpoint that was being installed has replaced log and tree. */
  handleInstalled(): void;
  /** Turns what has gathered since the last call into messages. Must not end the role. */
  flush(): void;
  /** The last call. */
  stop(): void;
}
