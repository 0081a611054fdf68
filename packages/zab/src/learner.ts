import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import type { ServerId } from './entry.ts';
import type { FollowerInfo } from './messages.ts';
import type { FollowerStatus } from './status.ts';

/**
 * How far a follower has come:
 * `joining` sent FollowerInfo; `offered` was sent LeaderInfo; `ready` sent AckEpoch; `snapshot` is being sent a
 * checkpoint; `streaming` was sent NewLeader and gets every proposal; `active` acknowledged NewLeader.
 */
export type LearnerStage = 'joining' | 'offered' | 'ready' | 'snapshot' | 'streaming' | 'active';

/** A leader's knowledge of one follower, for one attempt to follow. */
export class Learner {
  readonly id: ServerId;
  readonly info: FollowerInfo;
  stage: LearnerStage = 'joining';
  /** From AckEpoch. */
  tails: readonly Zxid[] = [];
  /** Position of the next entry to send, from `streaming` on. */
  sentEnd = 0;
  /** Position behind the last entry acknowledged; what lies between the two is in flight. */
  ackedEnd = 0;
  acked: Zxid = ZXID_ZERO;
  /** The last commit point sent. */
  committedSent: Zxid = ZXID_ZERO;
  /** The latest epoch with a NewLeader that was acknowledged. */
  ackedEpoch = 0;
  /** The latest round of proof answered. */
  proofRound = 0;
  /** It may have forgotten what it promised, and is offered nothing before this round of proof is settled. */
  offerRound: number | undefined;
  silentTicks = 0;
  /** The transfer of a checkpoint failed; another one begins with the next heartbeat. */
  snapshotRetry = false;

  constructor(id: ServerId, info: FollowerInfo) {
    this.id = id;
    this.info = info;
  }

  get streams(): boolean {
    return this.stage === 'streaming' || this.stage === 'active';
  }

  get status(): FollowerStatus {
    const phase =
      this.stage === 'active'
        ? 'broadcast'
        : this.stage === 'joining' || this.stage === 'offered'
          ? 'discovery'
          : 'synchronization';
    return { id: this.id, phase, acked: this.acked };
  }
}
