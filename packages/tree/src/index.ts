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
export { type WatchedState, type WatchedStates, watchKindOf } from './reregister.ts';
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
export { type WatchKind, WatchTable } from './watch-table.ts';
