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
export type { Identity } from './identity.ts';
export { CONTAINER_OWNER, type NodeKind, nodeKindOf, TTL_MS_MAX, ttlOwner } from './node-kind.ts';
export {
  AddWatchMode,
  CreateFlag,
  EventType,
  KeeperState,
  OpCode,
  Permission,
  ProtocolVersion,
  SpecialXid,
  WatcherType,
  WEBSOCKET_SUBPROTOCOL,
} from './opcodes.ts';
export { joinPath, nodeName, parentPath, pathProblem, sequentialPathProblem } from './path.ts';
export { ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';
export { readRequest, writeRequest } from './request-codec.ts';
export type {
  AddWatchRequest,
  AuthRequest,
  BareRequest,
  BarrierEnterRequest,
  BarrierLeaveRequest,
  CheckRequest,
  CreateRequest,
  CreateTtlRequest,
  DeleteRequest,
  GetEphemeralsRequest,
  GuardedRequest,
  LineJoinRequest,
  LineLeaveRequest,
  LineStatusRequest,
  ListChildrenRequest,
  MultiOperation,
  MultiReadOperation,
  MultiReadRequest,
  MultiRequest,
  PathRequest,
  PathWatchRequest,
  ReadRequest,
  ReconfigRequest,
  Request,
  SaslRequest,
  SessionRequest,
  SetAclRequest,
  SetDataRequest,
  SetNativeWatchesRequest,
  SetWatches2Request,
  SetWatchesRequest,
  SyncRequest,
  UnguardedWrite,
  WatchTypeRequest,
  WhoAmIRequest,
  WriteRequest,
} from './requests.ts';
export { readResponse, readWatcherEvent, writeResponse, writeWatcherEvent } from './response-codec.ts';
export type {
  BarrierEnterResponse,
  BarrierLeaveResponse,
  LineHolderResponse,
  LineJoinResponse,
  LineStatusResponse,
  ListChildrenResponse,
  MultiReadResult,
  MultiResult,
  Response,
  WatcherEvent,
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
