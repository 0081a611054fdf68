export { type Acl, isOpenAcl, OPEN_ACL, readAcl, writeAcl } from './acl.ts';
export { ByteReader, ByteWriter } from './bytes.ts';
export { type ErrorCode, ErrorNumber, errorCodeOf } from './error-codes.ts';
export { FRAME_BYTES_MAX, FrameDecoder } from './frame-decoder.ts';
export {
  type ConnectRequest,
  type ConnectResponse,
  readConnectRequest,
  readConnectResponse,
  SESSION_PASSWORD_BYTES,
  writeConnectRequest,
  writeConnectResponse,
} from './handshake.ts';
export {
  type ReplyHeader,
  RequestFlag,
  type RequestHeader,
  readReplyHeader,
  readRequestHeader,
  writeReplyHeader,
  writeRequestHeader,
} from './headers.ts';
export {
  CreateFlag,
  EventType,
  KeeperState,
  OpCode,
  Permission,
  ProtocolVersion,
  SpecialXid,
  WEBSOCKET_SUBPROTOCOL,
} from './opcodes.ts';
export { joinPath, nodeName, parentPath, pathProblem, sequentialPathProblem } from './path.ts';
export { ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';
export {
  type AuthRequest,
  type BareRequest,
  type BarrierEnterRequest,
  type BarrierLeaveRequest,
  type CheckRequest,
  type CreateRequest,
  type DeleteRequest,
  type GuardedRequest,
  type LineJoinRequest,
  type LineLeaveRequest,
  type LineStatusRequest,
  type MultiOperation,
  type MultiRequest,
  type PathWatchRequest,
  type ReadRequest,
  type Request,
  readRequest,
  type SessionRequest,
  type SetDataRequest,
  type SetNativeWatchesRequest,
  type SetWatchesRequest,
  type SyncRequest,
  type UnguardedWrite,
  type WriteRequest,
  writeRequest,
} from './requests.ts';
export {
  type BarrierEnterResponse,
  type BarrierLeaveResponse,
  type LineHolderResponse,
  type LineJoinResponse,
  type LineStatusResponse,
  type MultiResult,
  type Response,
  readResponse,
  readWatcherEvent,
  type WatcherEvent,
  writeResponse,
  writeWatcherEvent,
} from './responses.ts';
export { readStat, STAT_BYTES, type Stat, type StatFields, writeStat } from './stat.ts';
export {
  COUNTER_MAX,
  counterOf,
  EPOCH_MAX,
  epochOf,
  formatZxid,
  makeZxid,
  toZxid,
  ZXID_ZERO,
  type Zxid,
} from './zxid.ts';
