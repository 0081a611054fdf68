import type { OpCode, Response, StatFields, WriteRequest, Zxid } from '@conclave/protocol';
import type { Credentials } from './access/credentials.ts';
import type { Change } from './change.ts';
import type { ExceededQuota } from './quotas.ts';
import type { SessionInfo } from './session.ts';

/** One committed transaction: what every server applies, in the order of its zxids. */
export interface Txn {
  readonly zxid: Zxid;
  /** Milliseconds since 1970 by the leader's clock, which the leader never lets go back. */
  readonly time: number;
  /** The server whose client asked. */
  readonly origin: number;
  /** The session that asked; 0 for none. A session is named by the zxid that created it. */
  readonly sessionId: number;
  /** The request's number within its session. Numbers grow, and need not be dense: reads take some too. */
  readonly xid: number;
  /** The client has the answers of all its requests up to this number. */
  readonly confirmed: number;
  /** Whether the answer is kept until the client confirms it, so that a repetition has no second effect. */
  readonly native: boolean;
  /** Whom the connection had shown to be when it asked. */
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
 * The session of the transaction that carries it has a new connection, to the transaction's origin. What it sent over
 * the one before stands before this in the order, or nowhere.
 */
export interface MoveSessionCommand {
  readonly op: typeof OpCode.moveSession;
}
export type SessionCommand = CreateSessionCommand | CloseSessionCommand | MoveSessionCommand;
/** The leader's: the container or the node with a time to live at `path` is due to go. */
export interface DeleteContainerCommand {
  readonly op: typeof OpCode.deleteContainer;
  readonly path: string;
  /** The zxid that created it: no other node of that path is meant. */
  readonly czxid: Zxid;
  /** After how many milliseconds a container that never had a child is due; 0 for never. */
  readonly neverUsedMs: number;
}
export type Command = WriteRequest | SessionCommand | DeleteContainerCommand;

/** What a transaction came to, the same on every server. */
export interface Applied {
  readonly zxid: Zxid;
  /** An `ErrorNumber`. A multi that failed has 0 here and its errors in the response, as ZooKeeper answers it. */
  readonly error: number;
  /** `undefined` when there was an error, and for the servers' own commands. */
  readonly response: Response<StatFields> | undefined;
  /** What watches may wait for, in the order in which it happened. */
  readonly changes: readonly Change[];
  /** Contenders that others' leaving brought to the head of their line. One granted on joining is not among them. */
  readonly grants: readonly Grant[];
  /** Quotas that the write exceeds: soft ones to warn of, or the hard one that it was refused for. */
  readonly exceededQuotas: readonly ExceededQuota[];
  /** The node for whose sequential children this one took a number beyond 2^30: half of all there are. */
  readonly longSequence: string | undefined;
  /**
   * A contradiction in the state that the transaction came upon, for the server's log; `undefined` for none. It was then
   * refused, or it shows what an earlier one has left behind.
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
