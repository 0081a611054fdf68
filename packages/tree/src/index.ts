export type { SharedAcl } from './acl-table.ts';
export type { CheckpointRow } from './checkpoint.ts';
export { CheckpointError, type CheckpointErrorCode } from './checkpoint-error.ts';
export {
  type Asker,
  type Credentials,
  type EncodedCredentials,
  encodeCredentials,
  NO_CREDENTIALS,
  SUPER_CREDENTIALS,
} from './credentials.ts';
export { EventHistory, type EventHistoryLimits, type PastChange } from './event-history.ts';
export { parseAddress } from './ip-network.ts';
export type { MissedEvent, WatchedState, WatchedStates } from './missed-changes.ts';
export {
  decodePayload,
  encodeCommand,
  encodePayload,
  PAYLOAD_HEADER_BYTES,
  type PayloadFields,
  peekPayload,
  stampTime,
} from './payload.ts';
export type { ExceededQuota } from './quotas.ts';
export { type RewatchContext, type RewatchRequest, watchKindOf } from './reregister.ts';
export type { SessionInfo } from './session.ts';
export { Tree, type TreeOptions } from './tree.ts';
export type {
  Applied,
  Change,
  CloseSessionCommand,
  Command,
  CreateSessionCommand,
  DeleteContainerCommand,
  Grant,
  MoveSessionCommand,
  SessionCommand,
  Txn,
} from './txn.ts';
export type { WatchKind } from './watch-kind.ts';
export { WatchTable } from './watch-table.ts';
