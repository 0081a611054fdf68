import type { Acl } from './acl.ts';
import { OpCode } from './opcodes.ts';

/** The records that a client sends. `op` says which one it is. */
export type Request = ReadRequest | WriteRequest | SessionRequest;

/** Creates a node. `create2` and `createContainer` are answered with its stat as well. */
export interface CreateRequest {
  readonly op: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** A `CreateFlag`. */
  readonly flags: number;
}

/** Creates a node that is removed when it has no children and was not set for `ttl`. */
export interface CreateTtlRequest {
  readonly op: typeof OpCode.createTTL;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** A `CreateFlag`. */
  readonly flags: number;
  /** Milliseconds. A number beyond 2^53 is read as 2^53 - 1. */
  readonly ttl: number;
}

/** Deletes a node that has no children. */
export interface DeleteRequest {
  readonly op: typeof OpCode.delete;
  readonly path: string;
  /** -1 for any. */
  readonly version: number;
}

/** Replaces the data of a node. */
export interface SetDataRequest {
  readonly op: typeof OpCode.setData;
  readonly path: string;
  readonly data: Uint8Array | null;
  /** -1 for any. */
  readonly version: number;
}

/** Replaces the access control list of a node. */
export interface SetAclRequest {
  readonly op: typeof OpCode.setACL;
  readonly path: string;
  readonly acl: readonly Acl[];
  /** The version of the ACL; -1 for any. */
  readonly version: number;
}

/** Fails the transaction around it unless the node has this version. Within `multi` only. */
export interface CheckRequest {
  readonly op: typeof OpCode.check;
  readonly path: string;
  readonly version: number;
}

/** The operations that a `multi` may have. */
export type MultiOperation = CreateRequest | CreateTtlRequest | DeleteRequest | SetDataRequest | CheckRequest;

/** Does all operations in one transaction, or none of them. */
export interface MultiRequest {
  readonly op: typeof OpCode.multi;
  readonly operations: readonly MultiOperation[];
}

/** Joins the line at `path`. The contender is the ephemeral sequential node `path/prefix##########`. */
export interface LineJoinRequest {
  readonly op: typeof OpCode.lineJoin;
  readonly path: string;
  /** Unique for this contender, and recognised as a contender's name: see the tree's lines. */
  readonly prefix: string;
  readonly data: Uint8Array | null;
  /** Whether to wait for the grant. If false, no node is created unless the line is empty. */
  readonly wait: boolean;
}

/** Leaves the line at `path` with the contender that was joined under `prefix`. */
export interface LineLeaveRequest {
  readonly op: typeof OpCode.lineLeave;
  readonly path: string;
  readonly prefix: string;
}

/** Enters the double barrier at `path` as `name`. The barrier opens when `parties` have entered. */
export interface BarrierEnterRequest {
  readonly op: typeof OpCode.barrierEnter;
  readonly path: string;
  readonly name: string;
  readonly parties: number;
  readonly data: Uint8Array | null;
}

/** Leaves the double barrier at `path` as `name`. */
export interface BarrierLeaveRequest {
  readonly op: typeof OpCode.barrierLeave;
  readonly path: string;
  readonly name: string;
}

/** Every write but a guarded one: what a guard can be put round. */
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

/** Does `write`, which is refused with GRANT_OVER unless `token` is the token of the contender at the head of the line at `path`. */
export interface GuardedRequest {
  readonly op: typeof OpCode.guarded;
  readonly path: string;
  readonly token: number;
  readonly write: UnguardedWrite;
}

/** The requests that the ensemble agrees on before it answers them. */
export type WriteRequest = UnguardedWrite | GuardedRequest;

/** Whether the request is a write. `closeSession` is not one, although it is agreed on too: it is a `SessionRequest`. */
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

/** Reads something of the node at `path`, and leaves a one-shot watch if `watch` is true. */
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

/** Reads where the contender that this session joined under `prefix` stands in the line at `path`. */
export interface LineStatusRequest {
  readonly op: typeof OpCode.lineStatus;
  readonly path: string;
  readonly prefix: string;
}

/** Reads the ACL of a node, or how many nodes are below it. */
export interface PathRequest {
  readonly op: typeof OpCode.getACL | typeof OpCode.getAllChildrenNumber;
  readonly path: string;
}

/** Reads the paths of the session's ephemeral nodes. */
export interface GetEphemeralsRequest {
  readonly op: typeof OpCode.getEphemerals;
  /** The prefix of the paths; empty or `/` for all of the session's. */
  readonly path: string;
}

/** One of the reads within a `multiRead`. */
export interface MultiReadOperation {
  readonly op: typeof OpCode.getData | typeof OpCode.getChildren;
  readonly path: string;
  /** Has no effect: ZooKeeper sets no watches here. */
  readonly watch: boolean;
}

/** Reads several nodes at one zxid. Each operation succeeds or fails by itself. */
export interface MultiReadRequest {
  readonly op: typeof OpCode.multiRead;
  readonly operations: readonly MultiReadOperation[];
}

/** Reads one page of a node's children, in the order of their UTF-16 code units. */
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

/** The requests that a server answers from its own state. */
export type ReadRequest =
  | PathWatchRequest
  | PathRequest
  | GetEphemeralsRequest
  | MultiReadRequest
  | ListChildrenRequest
  | LineStatusRequest;

/** Answered when this server has applied all that was committed before the request came. */
export interface SyncRequest {
  readonly op: typeof OpCode.sync;
  readonly path: string;
}

/** Sets one-shot watches again after a reconnection. */
export interface SetWatchesRequest {
  readonly op: typeof OpCode.setWatches;
  /** The last zxid that the client saw before it lost its connection. A watch fires at once if its node changed later. */
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
}

/** The same as `SetWatchesRequest`, with the persistent watches as well. */
export interface SetWatches2Request {
  readonly op: typeof OpCode.setWatches2;
  readonly relativeZxid: number;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent: readonly string[];
  readonly persistentRecursive: readonly string[];
}

/** The same as `SetWatches2Request`, with the watches for the holders of lines as well. */
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

/** Sets a persistent watch, which goes on after it has fired. */
export interface AddWatchRequest {
  readonly op: typeof OpCode.addWatch;
  readonly path: string;
  /** An `AddWatchMode`. */
  readonly mode: number;
}

/** Asks whether this connection has such a watch at `path`, or removes it. */
export interface WatchTypeRequest {
  readonly op: typeof OpCode.checkWatches | typeof OpCode.removeWatches;
  readonly path: string;
  /** A `WatcherType`. */
  readonly type: number;
}

/** Adds an identity to the connection. */
export interface AuthRequest {
  readonly op: typeof OpCode.auth;
  readonly scheme: string;
  readonly auth: Uint8Array | null;
}

/** A step of a SASL authentication. Conclave answers it with a null token. */
export interface SaslRequest {
  readonly op: typeof OpCode.sasl;
  readonly token: Uint8Array | null;
}

/** Reads the identities of the connection. */
export interface WhoAmIRequest {
  readonly op: typeof OpCode.whoAmI;
}

/** Changes the members of the ensemble. Conclave answers RECONFIG_DISABLED. */
export interface ReconfigRequest {
  readonly op: typeof OpCode.reconfig;
  readonly joiningServers: string;
  readonly leavingServers: string;
  readonly newMembers: string;
  /** The configuration that is to be changed; -1 for any. */
  readonly currentConfig: number;
}

/** A request that is its header alone. */
export interface BareRequest {
  readonly op: typeof OpCode.ping | typeof OpCode.closeSession;
}

/** The requests about the session or its connection rather than about a node. */
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
