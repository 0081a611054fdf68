import type { Zxid } from '@conclave/protocol';
import type { Entry, ServerId } from './entry.ts';

/** One member's knowledge of another's right to vote. */
export interface Credentials {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly lastZxid: Zxid;
  /** False while the log may miss an entry that it acknowledged. */
  readonly trusted: boolean;
}

// Election. Sent on every connection as its first message, and to all whenever it changes.

export interface Notification extends Credentials {
  readonly type: 'notification';
  readonly role: 'looking' | 'following' | 'leading';
  /** The election, counted by a logical clock. */
  readonly round: number;
  /** The vote while looking; the leader otherwise. 0 for none. */
  readonly leader: ServerId;
  /** The epoch that is established; 0 before. */
  readonly epoch: number;
  /** Whether the sender is able and willing to lead. */
  readonly electable: boolean;
}

// Discovery (Zab paper, phase 1).

export interface FollowerInfo extends Credentials {
  readonly type: 'follower-info';
  /** Numbers the sender's attempts to join; the answer bears it, so that no answer to an older one is taken. */
  readonly attempt: number;
}
export interface LeaderInfo {
  readonly type: 'leader-info';
  readonly attempt: number;
  readonly epoch: number;
  /** Whether the epoch still needs this follower's durable promise. */
  readonly promise: boolean;
}
export interface AckEpoch {
  readonly type: 'ack-epoch';
  readonly epoch: number;
  /** True when the epoch was accepted just now, for this leader, and is durable. */
  readonly promised: boolean;
  readonly currentEpoch: number;
  /** The last zxid of each epoch in the log, newest first; ends with the zxid before the log's first entry. */
  readonly tails: readonly Zxid[];
}

// Synchronisation (phase 2): Diff | Trunc | Snap then Diff, Proposal*, NewLeader, and UpToDate at its end.

export interface Diff {
  readonly type: 'diff';
  readonly epoch: number;
  readonly after: Zxid;
}
export interface Trunc {
  readonly type: 'trunc';
  readonly epoch: number;
  readonly after: Zxid;
}
export interface Snap {
  readonly type: 'snap';
  readonly epoch: number;
}
export interface NewLeader {
  readonly type: 'new-leader';
  readonly epoch: number;
}
export interface AckNewLeader {
  readonly type: 'ack-new-leader';
  readonly epoch: number;
  readonly zxid: Zxid;
}
export interface UpToDate {
  readonly type: 'up-to-date';
  readonly epoch: number;
  readonly committed: Zxid;
}

// Broadcast (phase 3).

export interface Proposal {
  readonly type: 'proposal';
  readonly epoch: number;
  /** Everything up to here is committed. */
  readonly committed: Zxid;
  /** At least one; zxids are consecutive within one epoch. */
  readonly entries: readonly Entry[];
}
/** Cumulative. */
export interface Ack {
  readonly type: 'ack';
  readonly epoch: number;
  readonly zxid: Zxid;
}
/** Cumulative. */
export interface Commit {
  readonly type: 'commit';
  readonly epoch: number;
  readonly zxid: Zxid;
}
export interface Ping {
  readonly type: 'ping';
  readonly epoch: number;
  /** Numbers the proofs of leadership. */
  readonly round: number;
}
export interface Pong {
  readonly type: 'pong';
  readonly epoch: number;
  readonly round: number;
}

// The change to a later epoch under the same leader.

export interface NewEpoch {
  readonly type: 'new-epoch';
  readonly epoch: number;
  readonly next: number;
}
export interface AckNewEpoch {
  readonly type: 'ack-new-epoch';
  readonly next: number;
}

/** The leader has given up this attempt to follow it; another one is welcome. */
export interface Dismiss {
  readonly type: 'dismiss';
  readonly attempt: number;
}

export type LeaderMessage =
  | LeaderInfo
  | Diff
  | Trunc
  | Snap
  | NewLeader
  | UpToDate
  | Proposal
  | Commit
  | Ping
  | NewEpoch
  | Dismiss;
export type FollowerMessage = FollowerInfo | AckEpoch | AckNewLeader | Ack | Pong | AckNewEpoch;
export type ZabMessage = Notification | LeaderMessage | FollowerMessage;
