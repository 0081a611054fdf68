export type { SharedAcl } from './access/acl-table.ts';
export {
  type Asker,
  type Credentials,
  type EncodedCredentials,
  encodeCredentials,
  NO_CREDENTIALS,
  SUPER_CREDENTIALS,
} from './access/credentials.ts';
export { parseAddress } from './access/ip-network.ts';
export type { Change } from './change.ts';
export type { CheckpointRow } from './checkpoint.ts';
export { CheckpointError, type CheckpointErrorCode } from './checkpoint-error.ts';
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
export type { SessionInfo } from './session.ts';
export { Tree, type TreeOptions } from './tree.ts';
export type {
  Applied,
  CloseSessionCommand,
  Command,
  CreateSessionCommand,
  DeleteContainerCommand,
  Grant,
  MoveSessionCommand,
  SessionCommand,
  Txn,
} from './txn.ts';
export { EventHistory, type EventHistoryLimits, type PastChange } from './watches/event-history.ts';
export type { MissedEvent, WatchedState, WatchedStates } from './watches/missed-changes.ts';
export { type RewatchContext, type RewatchRequest, watchKindOf } from './watches/reregister.ts';
export type { WatchKind } from './watches/watch-kind.ts';
export { WatchTable } from './watches/watch-table.ts';
