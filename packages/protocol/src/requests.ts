import type { Acl } from './acl.ts';
import { OpCode } from './opcodes.ts';

/** The records a client sends, told apart by their opcode. */
export type Request = ReadRequest | WriteRequest | SessionRequest;

export interface CreateRequest {
  readonly op: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** A `CreateFlag`. */
  readonly flags: number;
}
export interface CreateTtlRequest {
  readonly op: typeof OpCode.createTTL;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** A `CreateFlag`. */
  readonly flags: number;
  /** Milliseconds. What is beyond 2^53 is read as 2^53 - 1. */
  readonly ttl: number;
}
export interface DeleteRequest {
  readonly op: typeof OpCode.delete;
  readonly path: string;
  /** -1 for any. */
  readonly version: number;
}
export interface SetDataRequest {
  readonly op: typeof OpCode.setData;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: number;
}
export interface SetAclRequest {
  readonly op: typeof OpCode.setACL;
  readonly path: string;
  readonly acl: readonly Acl[];
  /** Of the ACL; -1 for any. */
  readonly version: number;
}
/** Within `multi` only. */
export interface CheckRequest {
  readonly op: typeof OpCode.check;
  readonly path: string;
  readonly version: number;
}
export type MultiOperation = CreateRequest | CreateTtlRequest | DeleteRequest | SetDataRequest | CheckRequest;
export interface MultiRequest {
  readonly op: typeof OpCode.multi;
  readonly operations: readonly MultiOperation[];
}

/** Get in line at `path`; the contender is the ephemeral sequential node `path/prefix##########`. */
export interface LineJoinRequest {
  readonly op: typeof OpCode.lineJoin;
  readonly path: string;
  /** Unique for this contender, and recognised as a contender's name: see the tree's lines. */
  readonly prefix: string;
  readonly data: Uint8Array | null;
  /** False: do not wait; leave no node behind unless granted at once. */
  readonly wait: boolean;
}
export interface LineLeaveRequest {
  readonly op: typeof OpCode.lineLeave;
  readonly path: string;
  readonly prefix: string;
}
/** Come to the double barrier at `path` as `name`; it opens when `parties` have come. */
export interface BarrierEnterRequest {
  readonly op: typeof OpCode.barrierEnter;
  readonly path: string;
  readonly name: string;
  readonly parties: number;
  readonly data: Uint8Array | null;
}
export interface BarrierLeaveRequest {
  readonly op: typeof OpCode.barrierLeave;
  readonly path: string;
  readonly name: string;
}
export type UnguardedWrite =
  | CreateRequest
  | CreateTtlRequest
  | DeleteRequest
  | SetDataRequest
  | SetAclRequest
  | MultiRequest
  | LineJoinRequest
  | LineLeaveRequest
  | BarrierEnterRequest
  | BarrierLeaveRequest;
/** `write`, refused with GRANT_OVER unless `token` is the token of the contender at the head of the line at `path`. */
export interface GuardedRequest {
  readonly op: typeof OpCode.guarded;
  readonly path: string;
  readonly token: number;
  readonly write: UnguardedWrite;
}
/** What goes through agreement. */
export type WriteRequest = UnguardedWrite | GuardedRequest;

/** Not of `closeSession`, which is agreed on as well, but is the session's. */
export function isWriteRequest(request: Request): request is WriteRequest {
  switch (request.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.setACL:
    case OpCode.multi:
    case OpCode.guarded:
    case OpCode.lineJoin:
    case OpCode.lineLeave:
    case OpCode.barrierEnter:
    case OpCode.barrierLeave:
      return true;
    default:
      request satisfies ReadRequest | SessionRequest;
      return false;
  }
}

export interface PathWatchRequest {
  readonly op:
    | typeof OpCode.exists
    | typeof OpCode.getData
    | typeof OpCode.getChildren
    | typeof OpCode.getChildren2
    | typeof OpCode.lineHolder;
  readonly path: string;
  readonly watch: boolean;
}
export interface LineStatusRequest {
  readonly op: typeof OpCode.lineStatus;
  readonly path: string;
  readonly prefix: string;
}
export interface PathRequest {
  readonly op: typeof OpCode.getACL | typeof OpCode.getAllChildrenNumber;
  readonly path: string;
}
export interface GetEphemeralsRequest {
  readonly op: typeof OpCode.getEphemerals;
  /** What the paths begin with; empty or `/` for all of the session's. */
  readonly path: string;
}
export interface MultiReadOperation {
  readonly op: typeof OpCode.getData | typeof OpCode.getChildren;
  readonly path: string;
  /** Of no effect: ZooKeeper sets no watches here. */
  readonly watch: boolean;
}
/** Each operation succeeds or fails for itself. */
export interface MultiReadRequest {
  readonly op: typeof OpCode.multiRead;
  readonly operations: readonly MultiReadOperation[];
}
export interface ListChildrenRequest {
  readonly op: typeof OpCode.listChildren;
  readonly path: string;
  /** The page begins behind this name; empty for the first page. */
  readonly after: string;
  /** How many names the page may have: 1 or more. */
  readonly limit: number;
  /** Leaves a child watch. */
  readonly watch: boolean;
}
export type ReadRequest =
  | PathWatchRequest
  | PathRequest
  | GetEphemeralsRequest
  | MultiReadRequest
  | ListChildrenRequest
  | LineStatusRequest;

export interface SyncRequest {
  readonly op: typeof OpCode.sync;
  readonly path: string;
}
export interface SetWatchesRequest {
  readonly op: typeof OpCode.setWatches;
  /** What the client had seen when it lost its connection: a watch whose node changed after it fires at once. */
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
}
export interface SetWatches2Request {
  readonly op: typeof OpCode.setWatches2;
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}
export interface SetNativeWatchesRequest {
  readonly op: typeof OpCode.setNativeWatches;
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
  readonly holder: readonly string[];
}
export interface AddWatchRequest {
  readonly op: typeof OpCode.addWatch;
  readonly path: string;
  /** An `AddWatchMode`. */
  readonly mode: number;
}
export interface WatchTypeRequest {
  readonly op: typeof OpCode.checkWatches | typeof OpCode.removeWatches;
  readonly path: string;
  /** A `WatcherType`. */
  readonly type: number;
}
export interface AuthRequest {
  readonly op: typeof OpCode.auth;
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}
export interface SaslRequest {
  readonly op: typeof OpCode.sasl;
  readonly token: Uint8Array | null;
}
export interface WhoAmIRequest {
  readonly op: typeof OpCode.whoAmI;
}
export interface ReconfigRequest {
  readonly op: typeof OpCode.reconfig;
  readonly joiningServers: string;
  readonly leavingServers: string;
  readonly newMembers: string;
  /** The configuration that is to be changed; -1 for any. */
  readonly currentConfig: number;
}
export interface BareRequest {
  readonly op: typeof OpCode.ping | typeof OpCode.closeSession;
}
export type SessionRequest =
  | SyncRequest
  | SetWatchesRequest
  | SetWatches2Request
  | SetNativeWatchesRequest
  | AddWatchRequest
  | WatchTypeRequest
  | AuthRequest
  | SaslRequest
  | WhoAmIRequest
  | ReconfigRequest
  | BareRequest;
