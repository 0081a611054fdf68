import {
  ErrorNumber,
  InvariantError,
  OpCode,
  type ReadRequest,
  type Response,
  type StatFields,
  type UnguardedWrite,
  type WriteRequest,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import type { Asker } from './access/credentials.ts';
import type { Answer } from './answers.ts';
import { applyBarrierEnter, applyBarrierLeave } from './barrier-operations.ts';
import type { Change } from './change.ts';
import { Checkpoint, type CheckpointRow } from './checkpoint.ts';
import { CheckpointLoader } from './checkpoint-loader.ts';
import { Digest } from './digest.ts';
import { applyLineJoin, applyLineLeave, checkGrant } from './line-operations.ts';
import { applyMulti } from './multi.ts';
import { Namespace } from './namespace.ts';
import {
  applyCreate,
  applyDelete,
  applyDeleteContainer,
  applySetAcl,
  applySetData,
  type Outcome,
} from './node-operations.ts';
import { ANSWER_BYTES_MAX, read } from './reads.ts';
import type { Requester } from './requester.ts';
import { encodeMeta, encodeRow } from './row-codec.ts';
import { Session, type SessionInfo } from './session.ts';
import { Sessions } from './sessions.ts';
import type { Applied, DeleteContainerCommand, Grant, SessionCommand, Txn } from './txn.ts';
import type { WatchedState } from './watches/missed-changes.ts';

/** Settings of a tree. None of them is part of the replicated state. */
export interface TreeOptions {
  /** The text of `/zookeeper/config`; default: empty. */
  readonly members?: string | undefined;
  /** How long `expirable` spares a container after its last child was removed, in milliseconds; default: 0. */
  readonly containerGraceMs?: number | undefined;
  /**
   * How long `expirable` spares a container that never had a child, in milliseconds. 0 spares it for good. Default:
   * 5 minutes, as in ZooKeeper 3.10.
   */
  readonly containerNeverUsedMs?: number | undefined;
}

/**
 * The replicated state: znodes and sessions, and what follows from them. It is pure: the same transactions in the same
 * order give the same results, the same errors and the same digest on every server. Reads are answered from memory, at
 * the last transaction applied.
 */
export class Tree {
  readonly #neverUsedMs: number;
  readonly #digest = new Digest();
  readonly #checkpoint = new Checkpoint(encodeRow);
  readonly #namespace: Namespace;
  readonly #sessions = new Sessions(this.#digest, this.#checkpoint);
  #lastZxid: Zxid = ZXID_ZERO;
  #loader: CheckpointLoader | undefined;

  constructor(options: TreeOptions = {}) {
    const { members = '', containerGraceMs = 0, containerNeverUsedMs = NEVER_USED_MS } = options;
    this.#neverUsedMs = containerNeverUsedMs;
    const namespaceOptions = { members, containerGraceMs, containerNeverUsedMs };
    this.#namespace = new Namespace(this.#digest, this.#checkpoint, namespaceOptions);
  }

  /**
   * Applies the next transaction. A request that cannot be done has an error as its result, and changes no node.
   * Throws `InvariantError` only if the order of zxids is broken.
   */
  apply(txn: Txn): Applied {
    if (txn.zxid <= this.#lastZxid) {
      throw new InvariantError(`transaction ${txn.zxid} after transaction ${this.#lastZxid}`);
    }
    this.#lastZxid = txn.zxid;
    this.#namespace.begin(txn.zxid, txn.time);
    const { command } = txn;
    if (
      command.op === OpCode.createSession ||
      command.op === OpCode.closeSession ||
      command.op === OpCode.moveSession
    ) {
      return this.#applySessionCommand(txn, command);
    }
    if (command.op === OpCode.deleteContainer) {
      const error = applyDeleteContainer(this.#namespace, command);
      this.#namespace.settle();
      return this.#applied({ error, response: undefined });
    }
    const session = txn.sessionId === 0 ? undefined : this.#sessions.find(txn.sessionId);
    if (session === undefined) {
      if (txn.sessionId !== 0) return this.#refused(ErrorNumber.SESSION_EXPIRED);
    } else if (txn.native) {
      return this.#applyOnce(txn, command, session);
    }
    return this.#applied(this.#answer(txn, command, session));
  }

  /** The zxid of the last transaction applied, including one that was refused. */
  get lastZxid(): Zxid {
    return this.#lastZxid;
  }

  /** 16 hexadecimal digits, equal on all servers at the same zxid. */
  digest(): string {
    return this.#digest.at(this.#lastZxid);
  }

  get nodeCount(): number {
    return this.#namespace.size;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** About how many bytes the znodes hold: the length of all paths and all data. */
  get dataBytes(): number {
    return this.#namespace.dataBytes;
  }

  /**
   * Answers a read from memory, with the credentials of its sender. Later transactions do not change the answer. If it is
   * sure to take more than `bytesMax` bytes (default: 16 MiB), the error is ANSWER_TOO_LARGE.
   */
  read(request: ReadRequest, asker: Asker, bytesMax: number = ANSWER_BYTES_MAX): Answer {
    return toAnswer(read(this.#namespace, this.#sessions, request, asker, bytesMax));
  }

  /**
   * Returns at most `limit` commands that the leader should propose at `now` (milliseconds since 1970), to remove empty
   * containers and nodes at the end of their time to live. A node is returned again until it has been removed. If it is
   * proposed twice, it is removed once.
   */
  expirable(now: number, limit: number): DeleteContainerCommand[] {
    const neverUsedMs = this.#neverUsedMs;
    return this.#namespace.expiry
      .due(now, limit)
      .map(({ path, czxid }) => ({ op: OpCode.deleteContainer, path, czxid, neverUsedMs }));
  }

  /**
   * The time before which `expirable` returns nothing, unless a container loses its last child; `undefined` if nothing
   * expires.
   */
  get nextExpiry(): number | undefined {
    return this.#namespace.expiry.next;
  }

  session(id: number): SessionInfo | undefined {
    return this.#sessions.find(id)?.info();
  }

  /** The paths of a session's ephemeral nodes, in no particular order. */
  ephemerals(sessionId: number): Iterable<string> {
    return this.#sessions.find(sessionId)?.ephemerals ?? [];
  }

  *sessions(): Generator<SessionInfo> {
    for (const session of this.#sessions.all()) yield session.info();
  }

  /** The state that a watch is compared with when it is set again; `undefined` if there is no such node. */
  watchedState(path: string): WatchedState | undefined {
    const node = this.#namespace.find(path);
    if (node === undefined) return undefined;
    const { czxid, mzxid, pzxid, acl, children = NO_CHILDREN, line } = node;
    return { czxid, mzxid, pzxid, acl, children, headSince: line?.headSince };
  }

  /**
   * Starts a checkpoint: the rows that changed since the last one, with their present values. Returns its zxid. The last
   * checkpoint counts as durable unless it was abandoned. Throws `InvariantError` if one is still being taken.
   */
  beginCheckpoint(): Zxid {
    const meta = {
      zxid: this.#lastZxid,
      digest: this.digest(),
      nodeCount: this.nodeCount,
      sessionCount: this.sessionCount,
    };
    this.#checkpoint.begin(encodeMeta(meta));
    return this.#lastZxid;
  }

  /**
   * Returns the next rows to write. Each key occurs once in a checkpoint, and transactions may be applied between slices.
   * A slice ends at `rowsMax` rows, or with the row that takes it over `bytesMax` bytes (default: 1 MiB).
   */
  checkpointRows(rowsMax: number, bytesMax = 1024 * 1024): CheckpointRow[] {
    return this.#checkpoint.take(rowsMax, bytesMax);
  }

  /** Whether all rows of the checkpoint were handed out. */
  checkpointDone(): boolean {
    return this.#checkpoint.isDone();
  }

  /** Must be called if the rows handed out did not all become durable. They come again with the next checkpoint. */
  abandonCheckpoint(): void {
    this.#checkpoint.abandon();
  }

  /** Loads rows of a checkpoint into a new tree, in any order and any number of calls. Throws `CheckpointError`. */
  loadRows(rows: Iterable<CheckpointRow>): void {
    if (this.#lastZxid !== ZXID_ZERO) throw new Error('a checkpoint can only be loaded into a new tree');
    this.#loader ??= new CheckpointLoader(this.#namespace, this.#sessions);
    this.#loader.add(rows);
  }

  /**
   * Must be called after the last row. It checks that the rows are complete, and that they are the state saved at `zxid`.
   * Throws `CheckpointError`. The tree must not be used then.
   */
  finishLoading(zxid: Zxid): void {
    const loader = this.#loader ?? new CheckpointLoader(this.#namespace, this.#sessions);
    loader.finish(zxid, () => this.#digest.at(zxid));
    this.#loader = undefined;
    this.#checkpoint.loaded();
    this.#lastZxid = zxid;
  }

  /** Applies a request once. If it was applied before, it gets its first answer. */
  #applyOnce(txn: Txn, command: WriteRequest, session: Session): Applied {
    const { xid, confirmed } = txn;
    if (xid <= session.answers.lastXid) {
      this.#sessions.confirm(session, confirmed);
      return this.#applied(session.answers.find(xid) ?? ANSWER_FORGOTTEN);
    }
    const answer = this.#answer(txn, command, session);
    this.#sessions.remember(session, xid, confirmed, answer);
    return this.#applied(answer);
  }

  #applySessionCommand(txn: Txn, command: SessionCommand): Applied {
    if (command.op === OpCode.createSession) {
      const { timeoutMs, password, native } = command;
      const session = new Session(txn.zxid, timeoutMs, password.slice(), native);
      this.#sessions.open(session);
      return this.#applied(NO_ANSWER, session.info());
    }
    const session = this.#sessions.find(txn.sessionId);
    if (session === undefined) return this.#refused(ErrorNumber.SESSION_EXPIRED);
    if (command.op === OpCode.moveSession) {
      return { ...this.#applied(NO_ANSWER), sessionMoved: session.info() };
    }
    this.#sessions.close(session, this.#namespace);
    this.#namespace.settle();
    return this.#applied({ error: ErrorNumber.OK, response: { op: command.op } }, undefined, session.id);
  }

  #answer(txn: Txn, command: WriteRequest, session: Session | undefined): Answer {
    const { credentials, quotasEnforced } = txn;
    const quotas = quotasEnforced ? 'enforced' : 'reported';
    const outcome = this.#write(command, { session, credentials, quotas });
    this.#namespace.settle();
    return toAnswer(outcome);
  }

  #write(command: WriteRequest, requester: Requester): Outcome<Response<StatFields>> {
    if (command.op !== OpCode.guarded) return this.#unguardedWrite(command, requester);
    const { path, token } = command;
    const refusal = checkGrant(this.#namespace, path, token, requester.credentials);
    if (refusal !== ErrorNumber.OK) return refusal;
    return this.#unguardedWrite(command.write, requester);
  }

  #unguardedWrite(write: UnguardedWrite, requester: Requester): Outcome<Response<StatFields>> {
    const namespace = this.#namespace;
    const { session, credentials } = requester;
    switch (write.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        return applyCreate(namespace, requester, write);
      case OpCode.delete:
        return applyDelete(namespace, this.#sessions, requester, write);
      case OpCode.setData:
        return applySetData(namespace, requester, write);
      case OpCode.setACL:
        return applySetAcl(namespace, requester, write);
      case OpCode.multi: {
        const results = applyMulti(namespace, this.#sessions, requester, write);
        return typeof results === 'number' ? results : { op: write.op, results };
      }
      default:
        if (session === undefined) return ErrorNumber.SESSION_EXPIRED;
    }
    switch (write.op) {
      case OpCode.lineJoin:
        return applyLineJoin(namespace, session, requester, write);
      case OpCode.lineLeave:
        return applyLineLeave(namespace, session, credentials, write);
      case OpCode.barrierEnter:
        return applyBarrierEnter(namespace, session, requester, write);
      case OpCode.barrierLeave:
        return applyBarrierLeave(namespace, session, credentials, write);
    }
  }

  #refused(error: number): Applied {
    return this.#applied({ error, response: undefined });
  }

  #applied(answer: Answer, sessionCreated?: SessionInfo, sessionClosed?: number): Applied {
    const changes: readonly Change[] = this.#namespace.changes;
    const grants: readonly Grant[] = this.#namespace.grants;
    const { error, response } = answer;
    return {
      zxid: this.#lastZxid,
      error,
      response,
      changes,
      grants,
      exceededQuotas: this.#namespace.quotas.exceededNow,
      longSequence: this.#namespace.longSequence,
      inconsistency: this.#namespace.inconsistency,
      sessionCreated,
      sessionClosed,
      sessionMoved: undefined,
    };
  }
}

const NEVER_USED_MS = 300_000;
const NO_CHILDREN: readonly string[] = [];
const NO_ANSWER: Answer = { error: ErrorNumber.OK, response: undefined };
const ANSWER_FORGOTTEN: Answer = { error: ErrorNumber.ANSWER_FORGOTTEN, response: undefined };

function toAnswer(outcome: Outcome<Response<StatFields>>): Answer {
  return typeof outcome === 'number'
    ? { error: outcome, response: undefined }
    : { error: ErrorNumber.OK, response: outcome };
}
