import type { OpCode, Response, StatFields, WriteRequest, Zxid } from '@conclave/protocol';
import type { Credentials } from './access/credentials.ts';
import type { Change } from './change.ts';
import type { ExceededQuota } from './quotas.ts';
import type { SessionInfo } from './session.ts';

/** A committed transaction. Every server applies them in the order of their zxids. */
export interface Txn {
  readonly zxid: Zxid;
  /** Milliseconds since 1970 by the leader's clock. The leader never lets it go back. */
  readonly time: number;
  /** The id of the server that took the request from its client. */
  readonly origin: number;
  /** The session of the request; 0 for none. A session's id is the zxid that created it. */
  readonly sessionId: number;
  /** The request's number within its session. Numbers grow, but not always by one, because reads take some too. */
  readonly xid: number;
  /** The client has received the answers to all its requests up to this number. */
  readonly confirmed: number;
  /** Whether the answer is kept until the client confirms it, so that a repeated request has no second effect. */
  readonly native: boolean;
  /** The identities that the connection had proved when it sent the request. */
  readonly credentials: Credentials;
  /** Whether a hard quota may refuse the write. */
  readonly quotasEnforced: boolean;
  readonly command: Command;
}

export interface CreateSessionCommand {
  readonly op: typeof OpCode.createSession;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  readonly native: boolean;
}
/** Ends the session of the transaction that carries it. */
export interface CloseSessionCommand {
  readonly op: typeof OpCode.closeSession;
  readonly reason: 'client' | 'expired';
}
/**
 * The session of the transaction that carries it has a new connection, to the transaction's origin. Requests that it
 * sent over the connection before come earlier in the order, or are never applied.
 */
export interface MoveSessionCommand {
  readonly op: typeof OpCode.moveSession;
}
export type SessionCommand = CreateSessionCommand | CloseSessionCommand | MoveSessionCommand;
/** A command of the leader's own: the container or the node with a time to live at `path` is due for removal. */
export interface DeleteContainerCommand {
  readonly op: typeof OpCode.deleteContainer;
  readonly path: string;
  /** The zxid that created it, so that no later node of that path is removed. */
  readonly czxid: Zxid;
  /** The time after which a container that never had a child is due, in milliseconds; 0 for never. */
  readonly neverUsedMs: number;
}
export type Command = WriteRequest | SessionCommand | DeleteContainerCommand;

/** The outcome of a transaction, the same on every server. */
export interface Applied {
  readonly zxid: Zxid;
  /** An `ErrorNumber`. A multi that failed has 0 here and its errors in the response, as in ZooKeeper. */
  readonly error: number;
  /** `undefined` if there was an error, and for the servers' own commands. */
  readonly response: Response<StatFields> | undefined;
  /** The changes that watches may wait for, in the order in which they happened. */
  readonly changes: readonly Change[];
  /** The contenders that reached the head of their line by a departure. One granted on joining is not among them. */
  readonly grants: readonly Grant[];
  /** The quotas that the write exceeds: soft ones, for a warning, or the hard one that refused it. */
  readonly exceededQuotas: readonly ExceededQuota[];
  /** The parent of a new sequential node with a number beyond 2^30, which is half of all numbers. */
  readonly longSequence: string | undefined;
  /**
   * A contradiction in the state that was found with this transaction, for the server's log; `undefined` for none. If it
   * was found before a change, the transaction was refused.
   */
  readonly inconsistency: string | undefined;
  readonly sessionCreated: SessionInfo | undefined;
  readonly sessionClosed: number | undefined;
  readonly sessionMoved: SessionInfo | undefined;
}

export interface Grant {
  readonly sessionId: number;
  /** The path of the contender's node. */
  readonly node: string;
  /** The path of the line. */
  readonly path: string;
  /** The fencing token: the zxid that created the contender's node. */
  readonly token: Zxid;
}
