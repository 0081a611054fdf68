import {
  CreateFlag,
  ErrorNumber,
  EventType,
  type MultiOperation,
  type MultiResult,
  OpCode,
  parentPath,
  type Request,
  type RequestHeader,
  type Response,
  type Stat,
  type Zxid,
} from '@conclave/protocol';
import { FakeConnection } from './fake-connection.ts';
import type { FakeNode, Fate, Serving, SessionOf } from './fake-session.ts';
import type { ServerStream, StreamAcceptor } from './virtual-environment.ts';

type FakeSession = SessionOf<FakeConnection>;

/**
 * An ensemble of any number of servers in the memory of the test. It has as much of the tree as the client's core
 * needs, sessions that move, answers that are remembered by request number, and every fault that a test needs. It
 * shares only the wire format with the client.
 */
export class FakeEnsemble implements StreamAcceptor, Serving<FakeConnection> {
  readonly isNative: boolean;
  readonly nodes = new Map<string, FakeNode>([['/', newNode(null, 0, 0n)]]);
  readonly sessions = new Map<bigint, FakeSession>();
  readonly connections = new Set<FakeConnection>();
  readonly requests: { readonly header: RequestHeader; readonly request: Request }[] = [];
  /** The events for clients that come back, and the zxid after which they are complete. */
  readonly history: { readonly type: EventType; readonly path: string; readonly zxid: number }[] = [];
  historyFloor = 0;
  /** How many more events are sent; the next one after them is lost with its connection. */
  eventsLeft = Number.POSITIVE_INFINITY;
  zxid = 0;
  /** The longest session timeout that is granted, in milliseconds. */
  timeoutMsMax = 40_000;
  /** Whether the servers refuse connections. */
  isDown = false;
  /** Whether handshakes stay unanswered. */
  isMute = false;
  decideFate: (header: RequestHeader, request: Request, connection: FakeConnection) => Fate = () => 'answer';
  readonly #now: () => number;

  constructor(now: () => number, isNative = true) {
    this.#now = now;
    this.isNative = isNative;
  }

  now(): number {
    return this.#now();
  }

  accept(stream: ServerStream): FakeConnection | undefined {
    if (this.isDown) return undefined;
    const connection = new FakeConnection(this, stream);
    this.connections.add(connection);
    return connection;
  }

  /** Drops all connections. New ones are accepted. */
  cut(): void {
    for (const connection of [...this.connections]) connection.cut();
  }

  /** Ends the session as the leader would, with its ephemeral nodes. */
  expire(id: bigint): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    this.zxid++;
    this.closeSession(session);
    session.connection?.cut();
  }

  /** Whether the ensemble would have ended the session by now. */
  hasTimedOut(id: bigint): boolean {
    const session = this.sessions.get(id);
    return session === undefined || this.now() >= session.lastRequestAt + session.timeoutMs;
  }

  /** Pushes `EventType.granted` to the session's connection. */
  grant(id: bigint, node: string): void {
    this.sessions.get(id)?.connection?.notify(EventType.granted, node, this.zxid);
  }

  closeSession(session: FakeSession): void {
    this.sessions.delete(session.id);
    for (const [path, node] of [...this.nodes]) if (node.owner === session.id) this.#remove(path);
  }

  /** Returns the response, or the error number of a request that is refused. */
  apply(session: FakeSession, request: Request): number | Response {
    switch (request.op) {
      case OpCode.create:
      case OpCode.create2: {
        const parent = this.nodes.get(parentPath(request.path));
        if (parent === undefined) return ErrorNumber.NO_NODE;
        if (parent.owner !== 0n) return ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS;
        const isSequential =
          request.flags === CreateFlag.persistentSequential ||
          request.flags === CreateFlag.ephemeralSequential;
        const path = isSequential ? request.path + String(parent.cversion).padStart(10, '0') : request.path;
        if (this.nodes.has(path)) return ErrorNumber.NODE_EXISTS;
        const isEphemeral =
          request.flags === CreateFlag.ephemeral || request.flags === CreateFlag.ephemeralSequential;
        const data = request.data?.slice() ?? null;
        this.nodes.set(path, newNode(data, ++this.zxid, isEphemeral ? session.id : 0n));
        this.#touchParent(path);
        this.#fire(EventType.nodeCreated, path);
        this.#fire(EventType.nodeChildrenChanged, parentPath(path));
        return { op: OpCode.create2, path, stat: this.#stat(path) };
      }
      case OpCode.delete: {
        const node = this.nodes.get(request.path);
        if (node === undefined) return ErrorNumber.NO_NODE;
        if (request.version !== -1 && request.version !== node.version) return ErrorNumber.BAD_VERSION;
        if (this.#childrenOf(request.path).length > 0) return ErrorNumber.NOT_EMPTY;
        this.zxid++;
        this.#remove(request.path);
        return { op: OpCode.delete };
      }
      case OpCode.setData: {
        const node = this.nodes.get(request.path);
        if (node === undefined) return ErrorNumber.NO_NODE;
        if (request.version !== -1 && request.version !== node.version) return ErrorNumber.BAD_VERSION;
        node.data = request.data?.slice() ?? null;
        node.version++;
        node.mzxid = ++this.zxid;
        this.#fire(EventType.nodeDataChanged, request.path);
        return { op: OpCode.setData, stat: this.#stat(request.path) };
      }
      case OpCode.multi:
        return this.#applyMulti(session, request.operations);
      case OpCode.lineJoin: {
        this.nodes.set(`${request.path}/${request.prefix}0000000000`, newNode(null, ++this.zxid, session.id));
        const node = `${request.path}/${request.prefix}0000000000`;
        return { op: OpCode.lineJoin, granted: false, node, token: this.zxid, position: 1 };
      }
      case OpCode.guarded:
        return request.token === 1 ? this.apply(session, request.write) : ErrorNumber.GRANT_OVER;
      default:
        return ErrorNumber.UNIMPLEMENTED;
    }
  }

  read(request: Request): number | Response {
    switch (request.op) {
      case OpCode.exists:
        if (!this.nodes.has(request.path)) return ErrorNumber.NO_NODE;
        return { op: OpCode.exists, stat: this.#stat(request.path) };
      case OpCode.getData: {
        const node = this.nodes.get(request.path);
        if (node === undefined) return ErrorNumber.NO_NODE;
        return { op: OpCode.getData, data: node.data, stat: this.#stat(request.path) };
      }
      case OpCode.getChildren2:
        if (!this.nodes.has(request.path)) return ErrorNumber.NO_NODE;
        return {
          op: OpCode.getChildren2,
          children: this.#childrenOf(request.path),
          stat: this.#stat(request.path),
        };
      case OpCode.sync:
        return { op: OpCode.sync, path: request.path };
      default:
        return ErrorNumber.UNIMPLEMENTED;
    }
  }

  #applyMulti(session: FakeSession, operations: readonly MultiOperation[]): number | Response {
    const nodes = structuredClone(this.nodes);
    const zxid = this.zxid;
    const results: MultiResult[] = [];
    for (const [index, operation] of operations.entries()) {
      const result =
        operation.op === OpCode.check ? this.#check(operation.path) : this.apply(session, operation);
      if (typeof result !== 'number') {
        results.push(result as MultiResult);
        continue;
      }
      this.nodes.clear();
      for (const [path, node] of nodes) this.nodes.set(path, node);
      this.zxid = zxid + 1;
      const errorAt = (at: number) =>
        at < index ? ErrorNumber.OK : at === index ? result : ErrorNumber.RUNTIME_INCONSISTENCY;
      return {
        op: OpCode.multi,
        results: operations.map((_, at) => ({ op: OpCode.error, error: errorAt(at) })),
      };
    }
    return { op: OpCode.multi, results };
  }

  #check(path: string): number | Response {
    return this.nodes.has(path) ? { op: OpCode.check } : ErrorNumber.NO_NODE;
  }

  #childrenOf(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.nodes.keys()]
      .filter(
        (child) => child !== '/' && child.startsWith(prefix) && !child.slice(prefix.length).includes('/'),
      )
      .map((child) => child.slice(prefix.length));
  }

  #remove(path: string): void {
    this.nodes.delete(path);
    this.#touchParent(path);
    this.#fire(EventType.nodeDeleted, path);
    this.#fire(EventType.nodeChildrenChanged, parentPath(path));
  }

  #touchParent(path: string): void {
    const parent = this.nodes.get(parentPath(path));
    if (parent === undefined) return;
    parent.cversion++;
    parent.pzxid = this.zxid;
  }

  #fire(type: EventType, path: string): void {
    this.history.push({ type, path, zxid: this.zxid });
    for (const connection of [...this.connections]) connection.fire(type, path);
  }

  #stat(path: string): Stat {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Error(`${path} is not there`);
    return {
      czxid: node.czxid as Zxid,
      mzxid: node.mzxid as Zxid,
      pzxid: node.pzxid as Zxid,
      ctime: 0,
      mtime: 0,
      version: node.version,
      cversion: node.cversion,
      aversion: 0,
      ephemeralOwner: node.owner,
      dataLength: node.data?.length ?? 0,
      numChildren: this.#childrenOf(path).length,
    };
  }
}

function newNode(data: Uint8Array | null, zxid: number, owner: bigint): FakeNode {
  return { data, version: 0, cversion: 0, czxid: zxid, mzxid: zxid, pzxid: zxid, owner };
}
