export { InvariantError } from '@conclave/protocol';
export { decodeMessage, encodeMessage } from './codec.ts';
export type { DurableState } from './durable-state.ts';
export { type Entry, SERVER_ID_MAX, type ServerId } from './entry.ts';
export type { ZabEvent } from './events.ts';
export type {
  Ack,
  AckEpoch,
  AckNewEpoch,
  AckNewLeader,
  Commit,
  Credentials,
  Diff,
  Dismiss,
  FollowerInfo,
  FollowerMessage,
  LeaderInfo,
  LeaderMessage,
  NewEpoch,
  NewLeader,
  Notification,
  Ping,
  Pong,
  Proposal,
  Snap,
  Trunc,
  UpToDate,
  ZabMessage,
} from './messages.ts';
export { SYNC_TICKS, type ZabOptions } from './options.ts';
export { Peer } from './peer.ts';
export { type ProposalRefusal, ProposalRefusedError } from './proposal-refused-error.ts';
export { majority, type Quorum } from './quorum.ts';
export type { PersistBatch, PersistOperation, Ready } from './ready.ts';
export type { FollowerStatus, Obstacle, Phase, RoleChangeReason, RoleName, ZabStatus } from './status.ts';
