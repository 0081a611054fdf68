import type { Zxid } from '@conclave/protocol';
import type { ServerId } from './entry.ts';

/** Zab paper: phase 0 is election, 1 discovery, 2 synchronization, 3 broadcast. */
export type Phase = 'election' | 'discovery' | 'synchronization' | 'broadcast';

/** The role `failed` is final: see the `storage-failed` event. */
export type RoleName = 'looking' | 'following' | 'leading' | 'failed';

/** Why a server last began to look for a leader. */
export type RoleChangeReason =
  | 'started'
  | 'leader-disconnected'
  | 'leader-silent'
  | 'leader-looking'
  | 'dismissed'
  | 'quorum-lost'
  | 'quorum-out-of-reach'
  | 'follower-ahead'
  | 'sync-timeout'
  | 'resigned'
  | 'snapshot-failed'
  | 'protocol-violation';

/** The reason that keeps a server from leading, or from counting in a quorum. */
export type Obstacle = 'untrusted' | 'installing-snapshot' | 'no-links-to-a-quorum' | 'storage-failed';

export interface FollowerStatus {
  readonly id: ServerId;
  readonly phase: Exclude<Phase, 'election'>;
  /** Everything up to here is durable at the follower. */
  readonly acked: Zxid;
}

export interface ZabStatus {
  readonly role: RoleName;
  readonly phase: Phase;
  /** The epoch this server leads or follows; its current epoch while looking. */
  readonly epoch: number;
  readonly leader: ServerId | undefined;
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly lastLogged: Zxid;
  readonly lastCommitted: Zxid;
  readonly lastDurable: Zxid;
  /** Entries logged and not committed. */
  readonly outstanding: number;
  /** Whether `propose` would be accepted: an established leader, not in the middle of a change of epoch. */
  readonly canPropose: boolean;
  /** The part of the log held in memory. Grows while the shell makes no checkpoint. */
  readonly historyEntries: number;
  readonly historyBytes: number;
  /** Leader only. */
  readonly followers: readonly FollowerStatus[];
  readonly trusted: boolean;
  readonly obstacle: Obstacle | undefined;
  /** The election round of the logical clock. */
  readonly round: number;
  readonly lastLookedFor: RoleChangeReason;
}
