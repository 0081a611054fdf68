import type { Acl } from './acl.ts';
import type { Identity } from './identity.ts';
import type { OpCode } from './opcodes.ts';
import type { Stat } from './stat.ts';

/** The records that follow a reply header without an error. `op` is the opcode of the request. */
export type Response<S = Stat> =
  | { readonly op: typeof OpCode.create; readonly path: string }
  | {
      readonly op: typeof OpCode.create2 | typeof OpCode.createContainer | typeof OpCode.createTTL;
      readonly path: string;
      readonly stat: S;
    }
  | { readonly op: typeof OpCode.setData | typeof OpCode.exists | typeof OpCode.setACL; readonly stat: S }
  /** A `reconfig` is answered with the new configuration as a read of it would be. */
  | {
      readonly op: typeof OpCode.getData | typeof OpCode.reconfig;
      readonly data: Uint8Array | null;
      readonly stat: S;
    }
  | { readonly op: typeof OpCode.getChildren; readonly children: readonly string[] }
  | { readonly op: typeof OpCode.getChildren2; readonly children: readonly string[]; readonly stat: S }
  | ListChildrenResponse<S>
  | { readonly op: typeof OpCode.getAllChildrenNumber; readonly total: number }
  | { readonly op: typeof OpCode.getEphemerals; readonly ephemerals: readonly string[] }
  | { readonly op: typeof OpCode.getACL; readonly acl: readonly Acl[]; readonly stat: S }
  | { readonly op: typeof OpCode.multiRead; readonly results: readonly MultiReadResult<S>[] }
  | { readonly op: typeof OpCode.whoAmI; readonly identities: readonly Identity[] }
  | { readonly op: typeof OpCode.sasl; readonly token: Uint8Array | null }
  | { readonly op: typeof OpCode.sync; readonly path: string }
  | { readonly op: typeof OpCode.multi; readonly results: readonly MultiResult<S>[] }
  | LineJoinResponse
  | LineHolderResponse
  | LineStatusResponse
  | BarrierEnterResponse
  | BarrierLeaveResponse
  | EmptyResponse;

/** Nothing follows the reply header. */
export interface EmptyResponse {
  readonly op:
    | typeof OpCode.delete
    | typeof OpCode.check
    | typeof OpCode.ping
    | typeof OpCode.auth
    | typeof OpCode.setWatches
    | typeof OpCode.setWatches2
    | typeof OpCode.setNativeWatches
    | typeof OpCode.addWatch
    | typeof OpCode.checkWatches
    | typeof OpCode.removeWatches
    | typeof OpCode.closeSession
    | typeof OpCode.lineLeave;
}

/**
 * One operation's result within `multi`. When the multi failed every result is an `error`: 0 for the operations before
 * the one that failed, its own code, RUNTIME_INCONSISTENCY for those after it. ZooKeeper's reply header then says 0. All creations that return
 * the stat are answered as `create2`.
 */
export type MultiResult<S = Stat> =
  | { readonly op: typeof OpCode.create; readonly path: string }
  | { readonly op: typeof OpCode.create2; readonly path: string; readonly stat: S }
  | { readonly op: typeof OpCode.setData; readonly stat: S }
  | { readonly op: typeof OpCode.delete | typeof OpCode.check }
  | { readonly op: typeof OpCode.error; readonly error: number };

/** One operation's result within `multiRead`; each has its own error. */
export type MultiReadResult<S = Stat> =
  | { readonly op: typeof OpCode.getData; readonly data: Uint8Array | null; readonly stat: S }
  | { readonly op: typeof OpCode.getChildren; readonly children: readonly string[] }
  | { readonly op: typeof OpCode.error; readonly error: number };

/** A page of a node's children, with the stat of the node. */
export interface ListChildrenResponse<S = Stat> {
  readonly op: typeof OpCode.listChildren;
  /** In the order of their UTF-16 code units. */
  readonly children: readonly string[];
  /** Whether there are names behind the last of these. */
  readonly more: boolean;
  readonly stat: S;
}

/** Where the contender stands after joining. */
export interface LineJoinResponse {
  readonly op: typeof OpCode.lineJoin;
  readonly granted: boolean;
  /** The contender's node; empty when `wait` was false and the line was not empty. */
  readonly node: string;
  /** The zxid that created the contender's node: its fencing token once granted. 0 without a node. */
  readonly token: number;
  /** How many contenders stand before this one. */
  readonly position: number;
}

/** The contender at the head of a line. */
export interface LineHolderResponse {
  readonly op: typeof OpCode.lineHolder;
  /** Empty when the line is empty; the other fields then have no meaning. */
  readonly node: string;
  readonly token: number;
  readonly session: bigint;
  readonly data: Uint8Array | null;
}

/** Where a contender stands. The fields are those of `LineJoinResponse`. */
export interface LineStatusResponse {
  readonly op: typeof OpCode.lineStatus;
  readonly granted: boolean;
  /** Empty when no such contender is in the line. */
  readonly node: string;
  readonly token: number;
  readonly position: number;
}

/** Whether the barrier is open, and how many parties it still waits for. */
export interface BarrierEnterResponse {
  readonly op: typeof OpCode.barrierEnter;
  /** The zxid that opened the barrier, or 0 while parties are missing. */
  readonly opened: number;
  /** How many have come, this one included. */
  readonly present: number;
}

/** Whether the round had opened, and how many parties are still inside. */
export interface BarrierLeaveResponse {
  readonly op: typeof OpCode.barrierLeave;
  /** The zxid that opened the round that is being left, or 0 when it had not opened. */
  readonly opened: number;
  /** How many are still inside. 0: this was the last and the barrier is free for a new round. */
  readonly remaining: number;
}

/** Pushed to a client, behind a reply header of xid -1 and the zxid of the transaction that fired it. */
export interface WatcherEvent {
  /** An `EventType`. */
  readonly type: number;
  /** A `KeeperState`. */
  readonly state: number;
  readonly path: string;
}
