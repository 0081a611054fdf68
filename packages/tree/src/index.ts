export type { SharedAcl } from './acl-table.ts';
export type { CheckpointRow } from './checkpoint.ts';
export { CheckpointError, type CheckpointErrorCode } from './checkpoint-error.ts';
export { EventHistory, type EventHistoryLimits } from './event-history.ts';
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
export { type RewatchContext, type RewatchRequest, watchKindOf } from './reregister.ts';
export type { SessionInfo } from './session.ts';
export { Tree } from './tree.ts';
export type {
  Applied,
  Change,
  CloseSessionCommand,
  Command,
  CreateSessionCommand,
  Grant,
  MoveSessionCommand,
  SessionCommand,
  Txn,
} from './txn.ts';
export type { WatchKind } from './watch-kind.ts';
export { WatchTable } from './watch-table.ts';
