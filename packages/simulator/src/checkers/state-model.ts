import {
  type CreateRequest,
  type CreateTtlRequest,
  ErrorNumber,
  EventType,
  formatZxid,
  type MultiOperation,
  type MultiResult,
  OpCode,
  type Zxid,
} from '@conclave/protocol';
import type { Applied, Command, DeleteContainerCommand, Txn } from '@conclave/tree';
import { Violation } from '../violation.ts';
import { checkAllowed, checkForbidden, type Right, resolvedAcl } from './acl.ts';
import { rightTo } from './needed-right.ts';
import { askedNode, isSequential, ownNode } from './new-node.ts';
import { type ModelNode, type NewNode, type NodeChange, parentOf, ZnodeHistory } from './znode-history.ts';

/** How a session ended. */
export interface SessionEnd {
  readonly zxid: Zxid;
  readonly reason: 'client' | 'expired';
  /** The virtual time at which the first server applied it. */
  readonly atMs: number;
}

interface ModelSession {
  lastXid: number;
  readonly timeoutMs: number;
}

/**
 * The state that follows from the committed transactions and their results, kept in the simplest way, with the whole
 * past of every node. It takes the answers of the servers (paths of sequential nodes, errors), but shares none of
 * their code. It throws `Violation` for an answer that cannot be right.
 */
export class StateModel extends ZnodeHistory {
  readonly #sessions = new Map<number, ModelSession>();
  readonly #ends = new Map<number, SessionEnd>();
  readonly #grants = new Map<string, Zxid[]>();
  /** The number of changes before the present transaction. */
  #changesBefore = 0;
  #lastZxid = 0 as Zxid;

  get lastZxid(): Zxid {
    return this.#lastZxid;
  }

  hasSession(id: number): boolean {
    return this.#sessions.has(id);
  }

  /** Returns how a session ended, or undefined if it is alive or never existed. */
  endOf(session: number): SessionEnd | undefined {
    return this.#ends.get(session);
  }

  /** Returns the head of the line at `path`: the oldest of its contenders. */
  headOf(path: string): { readonly path: string; readonly node: ModelNode } | undefined {
    let head: { readonly path: string; readonly node: ModelNode } | undefined;
    for (const child of this.childrenOf(path)) {
      const node = this.nodes.get(child);
      if (node?.contends && (head === undefined || node.czxid < head.node.czxid))
        head = { path: child, node };
    }
    return head;
  }

  /** Returns the tokens of all contenders that were ever at the head of the line at `path`, in order. */
  grantsOf(path: string): readonly Zxid[] {
    return this.#grants.get(path) ?? [];
  }

  /** Takes the next transaction with its result, when the first server has applied it. Throws `Violation`. */
  apply(txn: Txn, applied: Applied, atMs = 0): void {
    this.#lastZxid = txn.zxid;
    this.timeMs = txn.time;
    this.#changesBefore = this.changes.length;
    this.#take(txn, applied, atMs);
    this.#mustHaveChanged(txn, applied);
    this.#mustLive(txn, applied);
  }

  #take(txn: Txn, applied: Applied, atMs: number): void {
    const { command, sessionId, xid, zxid } = txn;
    const session = this.#sessions.get(sessionId);
    if (command.op === OpCode.createSession) {
      this.#sessions.set(zxid, { lastXid: 0, timeoutMs: command.timeoutMs });
      return;
    }
    if (session === undefined && sessionId !== 0) {
      if (applied.error === 0)
        throw new Violation('an ended session does nothing', `${sessionId} at ${formatZxid(zxid)}`);
      return;
    }
    if (command.op === OpCode.moveSession) return;
    if (command.op === OpCode.closeSession) {
      this.#ends.set(sessionId, { zxid, reason: command.reason, atMs });
      this.#closeSession(sessionId, zxid);
      return;
    }
    if (session !== undefined && txn.native) {
      if (xid <= session.lastXid) {
        this.#mustChangeNothing(txn, applied);
        return;
      }
      session.lastXid = xid;
    }
    if (applied.error !== 0) {
      this.#mustChangeNothing(txn, applied);
      if (applied.error === ErrorNumber.NO_AUTH) this.#mustBeForbidden(command, txn);
      return;
    }
    this.#write(txn, applied);
  }

  /**
   * Checks that the servers changed the same nodes as the model, and no others. So the end of a session deletes all its
   * ephemerals.
   */
  #mustHaveChanged({ zxid, command }: Txn, { changes }: Applied): void {
    const done: string[] = [];
    for (const { type, path } of changes) {
      const known = ownChanges.get(type);
      if (known !== undefined) done.push(`${known} ${path}`);
    }
    const should: string[] = [];
    for (let i = this.#changesBefore; i < this.changes.length; i++) {
      const { type, path } = this.changes[i] as NodeChange;
      should.push(`${type} ${path}`);
    }
    if (done.length === should.length && sameAs(done, should)) return;
    throw new Violation(
      'a transaction does what was asked',
      `op ${command.op} at ${formatZxid(zxid)} changes [${done.join(', ')}], should change [${should.join(', ')}]`,
    );
  }

  /** Checks that the session of every grant is alive. */
  #mustLive({ zxid }: Txn, { grants }: Applied): void {
    for (const { sessionId, path, node } of grants) {
      if (this.#sessions.has(sessionId)) continue;
      throw new Violation(
        'only a living session is granted a lock',
        `${path} is granted to ${node} of session ${sessionId}, which has ended, at ${formatZxid(zxid)}`,
      );
    }
  }

  #mustChangeNothing({ zxid, sessionId, xid }: Txn, { changes }: Applied): void {
    if (changes.length === 0) return;
    const what = changes.map(({ path }) => path).join();
    throw new Violation(
      'a repeated or refused request changes nothing',
      `request ${xid} of session ${sessionId} changes ${what} at ${zxid}`,
    );
  }

  #closeSession(sessionId: number, zxid: Zxid): void {
    this.#sessions.delete(sessionId);
    for (const [path, node] of [...this.nodes]) if (node.owner === sessionId) this.#remove(path, zxid);
  }

  #write(txn: Txn, applied: Applied): void {
    const { zxid, sessionId } = txn;
    const { identities } = txn.credentials;
    let { command } = txn;
    const { response } = applied;
    if (command.op === OpCode.guarded) {
      const head = this.headOf(command.path);
      if (head?.node.czxid !== command.token) {
        throw new Violation(
          'a fenced write is refused when the grant is over',
          `${command.path}: token ${command.token} at ${zxid}, where the holder is ${head?.node.czxid ?? 'none'}`,
        );
      }
      command = command.write;
    }
    const right = this.#rightTo(command);
    if (right !== undefined) checkAllowed(right, identities);
    switch (command.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        if (response !== undefined && 'path' in response) this.#createAsked(command, response.path, txn);
        return;
      case OpCode.setData:
        this.setNode(command.path, command.data, zxid);
        return;
      case OpCode.setACL:
        this.setAcl(command.path, resolvedAcl(command.acl, identities), zxid);
        return;
      case OpCode.delete:
        this.#remove(command.path, zxid);
        return;
      case OpCode.deleteContainer:
        this.#mustBeOver(command, txn);
        this.#remove(command.path, zxid);
        return;
      case OpCode.multi:
        if (response?.op === OpCode.multi) this.#multi(command.operations, response.results, txn);
        return;
      case OpCode.lineJoin:
        if (response?.op !== OpCode.lineJoin || response.node === '') return;
        this.makeParents(command.path, zxid);
        if (!this.nodes.has(response.node)) {
          this.mustHaveNewNumber(response.node, zxid);
          this.#create(response.node, ownNode(command.data, sessionId, true), zxid);
        }
        this.#checkGrant(command.path, response.node, response.granted, zxid);
        return;
      case OpCode.lineLeave: {
        const prefix = `${command.path}/${command.prefix}`;
        const own = this.childrenOf(command.path).find(
          (path) => path.startsWith(prefix) && this.nodes.get(path)?.owner === sessionId,
        );
        if (own !== undefined) this.#remove(own, zxid);
        return;
      }
      case OpCode.barrierEnter: {
        const path = `${command.path}/${command.name}`;
        this.makeParents(command.path, zxid);
        if (!this.nodes.has(path)) this.#create(path, ownNode(command.data, sessionId), zxid);
        const ready = `${command.path}/ready`;
        if (!this.nodes.has(ready) && this.childrenOf(command.path).length >= command.parties) {
          this.#create(ready, ownNode(null, 0), zxid);
        }
        this.#checkRound(ready, response, zxid);
        return;
      }
      case OpCode.barrierLeave: {
        const path = `${command.path}/${command.name}`;
        if (this.nodes.get(path)?.owner === sessionId) this.#remove(path, zxid);
        return;
      }
      default:
        return;
    }
  }

  #multi(operations: readonly MultiOperation[], results: readonly MultiResult<unknown>[], txn: Txn): void {
    const { zxid } = txn;
    const { identities } = txn.credentials;
    const errors = results.map((result) => (result.op === OpCode.error ? result.error : ErrorNumber.OK));
    const failedAt = errors.findIndex((error) => error !== ErrorNumber.OK);
    const failed = operations[failedAt];
    if (failed !== undefined) {
      if (errors[failedAt] === ErrorNumber.NO_AUTH)
        this.#mustBeForbidden(failed, txn, operations.slice(0, failedAt));
      return;
    }
    operations.forEach((operation, i) => {
      const result = results[i];
      const right = this.#rightTo(operation);
      if (right !== undefined) checkAllowed(right, identities);
      switch (operation.op) {
        case OpCode.create:
        case OpCode.create2:
        case OpCode.createContainer:
        case OpCode.createTTL:
          if (result !== undefined && 'path' in result) this.#createAsked(operation, result.path, txn);
          return;
        case OpCode.setData:
          this.setNode(operation.path, operation.data, zxid);
          return;
        case OpCode.delete:
          this.#remove(operation.path, zxid);
          return;
        case OpCode.check:
          return;
        default:
          operation satisfies never;
      }
    });
  }

  #createAsked(create: CreateRequest | CreateTtlRequest, path: string, txn: Txn): void {
    const { zxid, sessionId, credentials } = txn;
    if (isSequential(create.flags)) this.mustHaveNewNumber(path, zxid);
    this.#create(path, askedNode(create, sessionId, credentials.identities), zxid);
  }

  #create(path: string, node: NewNode, zxid: Zxid): void {
    this.makeNode(path, node, zxid);
    if (node.contends) this.#noteGrant(parentOf(path));
  }

  #remove(path: string, zxid: Zxid): void {
    const { contends, owner } = this.removeNode(path, zxid);
    if (contends) this.#noteGrant(parentOf(path));
    if (owner > 0) this.#closeBarrier(parentOf(path), zxid);
  }

  /**
   * Checks an operation that was refused with NO_AUTH. Operations before it in the same transaction may have created or
   * removed nodes that the model does not have in that state, so it does not judge operations on them.
   */
  #mustBeForbidden(
    refused: Command | MultiOperation,
    { credentials }: Txn,
    before: readonly MultiOperation[] = [],
  ): void {
    const right = this.#rightTo(refused);
    if (right === undefined) return;
    // The path of a sequential node begins with the path in the request.
    const isOther = before.some(
      ({ op, path }) => op !== OpCode.setData && op !== OpCode.check && right.path.startsWith(path),
    );
    if (!isOther) checkForbidden(right, credentials.identities);
  }

  #rightTo(operation: Command | MultiOperation): Right | undefined {
    return rightTo(operation, (path) => this.detailsOf(path)?.acls.at(-1));
  }

  /** Checks a removal by the servers themselves: of a container that was used, or of a node past its time to live. */
  #mustBeOver({ path, czxid, neverUsedMs }: DeleteContainerCommand, { zxid, time }: Txn): void {
    const node = this.nodes.get(path);
    if (node === undefined) return;
    const age = time - node.mtime;
    const ttl = -1 - node.owner;
    const wasUsed = this.childChangesOf(path).some((change) => change > node.czxid);
    const isOver = ttl > 0 ? age > ttl : ttl === 0 && (wasUsed || (neverUsedMs > 0 && age > neverUsedMs));
    if (isOver && czxid === node.czxid) return;
    throw new Violation(
      'no node is removed before its time',
      `${path} at ${formatZxid(zxid)}, ${age} ms old, owner ${node.owner}`,
    );
  }

  /** Ends a round when its last participant has left. */
  #closeBarrier(path: string, zxid: Zxid): void {
    const ready = `${path}/ready`;
    if (this.nodes.has(ready) && this.childrenOf(path).length === 1) this.#remove(ready, zxid);
  }

  #checkGrant(path: string, node: string, granted: boolean, zxid: Zxid): void {
    const head = this.headOf(path);
    if (granted === (head?.path === node)) return;
    throw new Violation(
      'one holder at a time',
      `${path} at ${zxid}: ${node} ${granted ? 'is granted it' : 'must wait'}, but the holder is ${head?.path ?? 'none'}`,
    );
  }

  /** Checks that an answer names the round exactly when all participants have arrived. */
  #checkRound(ready: string, response: Applied['response'], zxid: Zxid): void {
    const opened = this.nodes.get(ready)?.czxid ?? 0;
    if (response?.op === OpCode.barrierEnter && response.opened === opened) return;
    throw new Violation(
      'no client enters early',
      `${ready} at ${zxid}: opened at ${opened}, answered ${JSON.stringify(response)}`,
    );
  }

  /** Notes the grant to the head of a line, which may have changed. */
  #noteGrant(path: string): void {
    const token = this.headOf(path)?.node.czxid;
    if (token === undefined) return;
    const grants = this.#grants.get(path) ?? [];
    this.#grants.set(path, grants);
    const last = grants.at(-1) ?? 0;
    if (token === last) return;
    if (token < last) throw new Violation('fencing tokens grow', `${path}: ${token} after ${last}`);
    grants.push(token);
  }
}

/** The changes that the model keeps itself. The other events follow from them. */
const ownChanges: ReadonlyMap<number, NodeChange['type']> = new Map([
  [EventType.nodeCreated, 'created'],
  [EventType.nodeDeleted, 'deleted'],
  [EventType.nodeDataChanged, 'dataChanged'],
]);

/** Returns whether two lists are equal, apart from their order. */
function sameAs(some: readonly string[], others: readonly string[]): boolean {
  if (some.every((each, i) => each === others[i])) return true;
  const sorted = [...others].sort();
  return [...some].sort().every((each, i) => each === sorted[i]);
}
