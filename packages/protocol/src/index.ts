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
export { formatHostPort, type HostPort, parseHostPort } from './host-port.ts';
export type { Identity } from './identity.ts';
export { InvariantError, invariant, unreachable } from './invariant.ts';
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
export { CONFIG_PATH, joinPath, nodeName, parentPath, pathProblem, sequentialPathProblem } from './path.ts';
export { ProtocolError, type ProtocolErrorCode } from './protocol-error.ts';
export { readRequest, writeRequest } from './request-codec.ts';
export {
  type AddWatchRequest,
  type AuthRequest,
  type BareRequest,
  type BarrierEnterRequest,
  type BarrierLeaveRequest,
  type CheckRequest,
  type CreateRequest,
  type CreateTtlRequest,
  type DeleteRequest,
  type GetEphemeralsRequest,
  type GuardedRequest,
  isWriteRequest,
  type LineJoinRequest,
  type LineLeaveRequest,
  type LineStatusRequest,
  type ListChildrenRequest,
  type MultiOperation,
  type MultiReadOperation,
  type MultiReadRequest,
  type MultiRequest,
  type PathRequest,
  type PathWatchRequest,
  type ReadRequest,
  type ReconfigRequest,
  type Request,
  type SaslRequest,
  type SessionRequest,
  type SetAclRequest,
  type SetDataRequest,
  type SetNativeWatchesRequest,
  type SetWatches2Request,
  type SetWatchesRequest,
  type SyncRequest,
  type UnguardedWrite,
  type WatchTypeRequest,
  type WhoAmIRequest,
  type WriteRequest,
} from './requests.ts';
export { readResponse, readWatcherEvent, writeResponse, writeWatcherEvent } from './response-codec.ts';
export type {
  BarrierEnterResponse,
  BarrierLeaveResponse,
  EmptyResponse,
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
export { VERSION } from './version.ts';
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
