import {
  AddWatchMode,
  ByteReader,
  ByteWriter,
  CreateFlag,
  ErrorNumber,
  EventType,
  FrameDecoder,
  KeeperState,
  type MultiOperation,
  type MultiResult,
  OpCode,
  ProtocolVersion,
  parentPath,
  type Request,
  type RequestHeader,
  type Response,
  readConnectRequest,
  readRequest,
  readRequestHeader,
  SpecialXid,
  type Stat,
  WatcherType,
  writeConnectResponse,
  writeReplyHeader,
  writeResponse,
  writeWatcherEvent,
  type Zxid,
} from '@conclave/protocol';
import type { ServerStream, StreamAcceptor } from './virtual-environment.ts';

/**
 * What becomes of a request: done and answered; lost with the connection before it was done; done, and the answer lost
 * with the connection, or on a connection that stays; not even read, nor anything after it; refused with an error number.
 */
export type Fate =
  | 'answer'
  | 'loseRequest'
  | 'loseAnswer'
  | 'withholdAnswer'
  | 'silence'
  | { readonly error: number };

interface Node {
  data: Uint8Array | null;
  version: number;
  cversion: number;
  czxid: number;
  mzxid: number;
  pzxid: number;
  owner: bigint;
}

interface FakeSession {
  readonly id: bigint;
  readonly timeoutMs: number;
  readonly password: Uint8Array;
  readonly isNative: boolean;
  readonly answers: Map<number, Answer>;
  lastXid: number;
  /** When the ensemble last heard of it, on its own clock. */
  heardAt: number;
  connection: FakeConnection | undefined;
}

interface Answer {
  readonly error: number;
  readonly zxid: number;
  readonly response: Response | undefined;
}

/**
 * An ensemble of any number of servers in the memory of the test: as much of the tree as the client's core needs,
 * sessions that move, answers remembered by request number, and every fault one can wish for. It shares no code with
 * the client but the wire.
 */
export class FakeEnsemble implements StreamAcceptor {
  readonly isNative: boolean;
  readonly nodes = new Map<string, Node>([['/', newNode(null, 0, 0n)]]);
  readonly sessions = new Map<bigint, FakeSession>();
  readonly connections = new Set<FakeConnection>();
  readonly requests: { readonly header: RequestHeader; readonly request: Request }[] = [];
  /** What happened, for those who come back, and after which zxid it is known. */
  readonly history: { readonly type: EventType; readonly path: string; readonly zxid: number }[] = [];
  historyFloor = 0;
  /** So many events are sent yet; the next one is lost with its connection. */
  eventsLeft = Number.POSITIVE_INFINITY;
  zxid = 0;
  /** What sessions are clamped to. */
  timeoutMsMax = 40_000;
  /** Servers take no connections while set. */
  isDown = false;
  /** Handshakes are not answered while set. */
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

  /** Drops all connections; new ones are taken. */
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
    return session === undefined || this.now() >= session.heardAt + session.timeoutMs;
  }

  /** Pushes `EventType.granted` to the session's connection. */
  grant(id: bigint, node: string): void {
    this.sessions.get(id)?.connection?.notify(EventType.granted, node, this.zxid);
  }

  closeSession(session: FakeSession): void {
    this.sessions.delete(session.id);
    for (const [path, node] of [...this.nodes]) if (node.owner === session.id) this.#remove(path);
  }

  /** The error, or the response. Applies nothing when it is refused. */
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

/** One connection to one of the servers. */
export class FakeConnection {
  readonly #ensemble: FakeEnsemble;
  readonly #stream: ServerStream;
  readonly #decoder = new FrameDecoder();
  readonly #watches = { data: new Set<string>(), exist: new Set<string>(), child: new Set<string>() };
  readonly #persistent = new Set<string>();
  readonly #recursive = new Set<string>();
  #session: FakeSession | undefined;
  #isHeartbeat = false;
  #isSilent = false;
  #unread: Uint8Array[] | undefined;
  #isOver = false;

  constructor(ensemble: FakeEnsemble, stream: ServerStream) {
    this.#ensemble = ensemble;
    this.#stream = stream;
  }

  get isHeartbeat(): boolean {
    return this.#isHeartbeat;
  }

  handleData(chunk: Uint8Array): void {
    if (this.#unread !== undefined) {
      this.#unread.push(chunk);
      return;
    }
    this.#decoder.push(chunk, (frame) => {
      if (this.#session === undefined) this.#handshake(frame);
      else if (this.#isHeartbeat) this.#heartbeat(frame);
      else this.#handleRequest(this.#session, frame);
      return !this.#isOver;
    });
  }

  handleClose(): void {
    this.#isOver = true;
    this.#ensemble.connections.delete(this);
  }

  cut(): void {
    this.handleClose();
    this.#stream.destroy();
  }

  /** Everything is read and nothing is done or answered any more. */
  silence(): void {
    this.#isSilent = true;
  }

  /** What comes is left unread. */
  freeze(): void {
    this.#unread ??= [];
  }

  /** Reads what came meanwhile, and goes on. */
  thaw(): void {
    const unread = this.#unread ?? [];
    this.#unread = undefined;
    for (const chunk of unread) this.handleData(chunk);
  }

  notify(type: EventType, path: string, zxid: number): void {
    if (this.#isOver) return;
    if (this.#ensemble.eventsLeft-- <= 0) {
      this.#ensemble.eventsLeft = Number.POSITIVE_INFINITY;
      this.cut();
      return;
    }
    this.#send((writer) => {
      writeReplyHeader(
        writer,
        SpecialXid.notification,
        zxid,
        ErrorNumber.OK,
        this.#session?.isNative === true,
      );
      writeWatcherEvent(writer, { type, state: KeeperState.syncConnected, path });
    });
  }

  /** Sends bytes as they are. */
  sendRaw(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  fire(type: EventType, path: string): void {
    const { data, exist, child } = this.#watches;
    const isFired =
      type === EventType.nodeChildrenChanged
        ? child.delete(path)
        : type === EventType.nodeDeleted
          ? [data.delete(path), exist.delete(path), child.delete(path)].includes(true)
          : [data.delete(path), exist.delete(path)].includes(true);
    if (isFired || this.#follows(type, path)) this.notify(type, path, this.#ensemble.zxid);
  }

  #follows(type: EventType, path: string): boolean {
    if (this.#persistent.has(path)) return true;
    if (type === EventType.nodeChildrenChanged) return false;
    return [...this.#recursive].some(
      (root) => root === path || path.startsWith(root === '/' ? '/' : `${root}/`),
    );
  }

  #handshake(frame: Uint8Array): void {
    const ensemble = this.#ensemble;
    if (ensemble.isMute) return;
    const hello = readConnectRequest(frame);
    if (hello.lastZxidSeen > ensemble.zxid) {
      this.cut();
      return;
    }
    this.#isHeartbeat = hello.protocolVersion === ProtocolVersion.heartbeat;
    const isNative = ensemble.isNative && hello.protocolVersion >= ProtocolVersion.native;
    let session = ensemble.sessions.get(hello.sessionId);
    if (hello.sessionId === 0n) {
      const id = BigInt(++ensemble.zxid);
      const password = new Uint8Array(16).fill(Number(id & 0xffn) || 1);
      const timeoutMs = Math.min(hello.timeoutMs, ensemble.timeoutMsMax);
      session = {
        id,
        timeoutMs,
        password,
        isNative,
        answers: new Map(),
        lastXid: 0,
        heardAt: ensemble.now(),
        connection: undefined,
      };
      ensemble.sessions.set(id, session);
    }
    if (session !== undefined && !session.password.every((byte, at) => hello.password[at] === byte)) {
      if (hello.sessionId !== 0n) session = undefined;
    }
    this.#send((writer) =>
      writeConnectResponse(writer, {
        protocolVersion: isNative ? hello.protocolVersion : ProtocolVersion.zookeeper,
        timeoutMs: session?.timeoutMs ?? 0,
        sessionId: session?.id ?? 0n,
        password: session?.password ?? new Uint8Array(16),
        readOnly: hello.readOnly === undefined ? undefined : false,
      }),
    );
    if (session === undefined) {
      this.cut();
      return;
    }
    this.#session = session;
    session.heardAt = ensemble.now();
    if (this.#isHeartbeat) return;
    if (session.connection !== this) session.connection?.cut();
    session.connection = this;
  }

  #heartbeat(frame: Uint8Array): void {
    const header = readRequestHeader(new ByteReader(frame), false);
    const session = this.#session;
    if (session === undefined || this.#isSilent) return;
    if (!this.#ensemble.sessions.has(session.id)) {
      this.cut();
      return;
    }
    session.heardAt = this.#ensemble.now();
    this.#send((writer) => writeReplyHeader(writer, header.xid, this.#ensemble.zxid, ErrorNumber.OK, false));
  }

  #handleRequest(session: FakeSession, frame: Uint8Array): void {
    if (this.#isSilent) return;
    const ensemble = this.#ensemble;
    const reader = new ByteReader(frame);
    const header = readRequestHeader(reader, session.isNative);
    const request = readRequest(header.opcode, reader);
    ensemble.requests.push({ header, request });
    const fate = ensemble.decideFate(header, request, this);
    if (fate === 'silence') this.silence();
    if (fate === 'loseRequest') this.cut();
    if (fate === 'silence' || fate === 'loseRequest') return;
    session.heardAt = ensemble.now();
    const answer: Answer =
      typeof fate === 'object'
        ? { error: fate.error, zxid: ensemble.zxid, response: undefined }
        : this.#answerOnce(session, header, request);
    if (fate === 'loseAnswer') this.cut();
    if (fate === 'loseAnswer' || fate === 'withholdAnswer') return;
    this.#send((writer) => {
      writeReplyHeader(writer, header.xid, answer.zxid, answer.error, session.isNative);
      if (answer.response !== undefined) writeResponse(writer, answer.response);
    });
    if (request.op === OpCode.closeSession) this.cut();
  }

  #answerOnce(session: FakeSession, header: RequestHeader, request: Request): Answer {
    const ensemble = this.#ensemble;
    const isWrite = ![
      OpCode.exists,
      OpCode.getData,
      OpCode.getChildren2,
      OpCode.sync,
      OpCode.ping,
      OpCode.setWatches,
      OpCode.setWatches2,
      OpCode.setNativeWatches,
      OpCode.addWatch,
      OpCode.removeWatches,
    ].some((opcode) => opcode === request.op);
    if (!isWrite) return this.#answerRead(request);
    for (const xid of session.answers.keys()) if (xid <= header.confirmed) session.answers.delete(xid);
    const first = session.answers.get(header.xid);
    if (first !== undefined) return first;
    if (session.isNative && header.xid <= session.lastXid) {
      return { error: ErrorNumber.ANSWER_FORGOTTEN, zxid: ensemble.zxid, response: undefined };
    }
    let result: number | Response = { op: OpCode.closeSession };
    if (request.op === OpCode.closeSession) {
      ensemble.zxid++;
      ensemble.closeSession(session);
    } else {
      result = ensemble.apply(session, request);
    }
    const isError = typeof result === 'number';
    const answer = {
      error: isError ? result : ErrorNumber.OK,
      zxid: ensemble.zxid,
      response: isError ? undefined : result,
    } as Answer;
    session.lastXid = header.xid;
    if (session.isNative) session.answers.set(header.xid, answer);
    return answer;
  }

  #answerRead(request: Request): Answer {
    const ensemble = this.#ensemble;
    const { zxid } = ensemble;
    if (request.op === OpCode.ping) return { error: ErrorNumber.OK, zxid, response: undefined };
    if ('relativeZxid' in request) {
      this.#rearm(request);
      return { error: ErrorNumber.OK, zxid, response: undefined };
    }
    if (request.op === OpCode.addWatch) {
      (request.mode === AddWatchMode.persistentRecursive ? this.#recursive : this.#persistent).add(
        request.path,
      );
      return { error: ErrorNumber.OK, zxid, response: { op: request.op } };
    }
    if (request.op === OpCode.removeWatches) {
      const isPersistent = request.type === WatcherType.persistent;
      const isFound = (isPersistent ? this.#persistent : this.#recursive).delete(request.path);
      const error = isFound ? ErrorNumber.OK : ErrorNumber.NO_WATCHER;
      return { error, zxid, response: isFound ? { op: request.op } : undefined };
    }
    const result = ensemble.read(request);
    if ('watch' in request && request.watch) {
      if (request.op === OpCode.exists)
        this.#watches[typeof result === 'number' ? 'exist' : 'data'].add(request.path);
      if (request.op === OpCode.getData && typeof result !== 'number') this.#watches.data.add(request.path);
      if (request.op === OpCode.getChildren2 && typeof result !== 'number')
        this.#watches.child.add(request.path);
    }
    return typeof result === 'number'
      ? { error: result, zxid, response: undefined }
      : { error: ErrorNumber.OK, zxid, response: result };
  }

  #rearm(request: Extract<Request, { relativeZxid: number }>): void {
    const { nodes, history, historyFloor, zxid, isNative } = this.#ensemble;
    const { relativeZxid } = request;
    if (request.op !== OpCode.setWatches) {
      for (const path of request.persistent) this.#persistent.add(path);
      for (const path of request.persistentRecursive) this.#recursive.add(path);
      const followed = [...request.persistent, ...request.persistentRecursive];
      if (isNative && relativeZxid < historyFloor) {
        for (const path of followed) this.notify(EventType.gap, path, zxid);
      } else if (isNative && followed.length > 0) {
        for (const event of history) {
          if (event.zxid > relativeZxid && this.#follows(event.type, event.path)) {
            this.notify(event.type, event.path, event.zxid);
          }
        }
      }
    }
    for (const path of request.data) {
      const node = nodes.get(path);
      if (node === undefined) this.notify(EventType.nodeDeleted, path, this.#ensemble.zxid);
      else if (node.mzxid > relativeZxid) this.notify(EventType.nodeDataChanged, path, node.mzxid);
      else this.#watches.data.add(path);
    }
    for (const path of request.exist) {
      const node = nodes.get(path);
      if (node !== undefined) this.notify(EventType.nodeCreated, path, node.czxid);
      else this.#watches.exist.add(path);
    }
    for (const path of request.child) {
      const node = nodes.get(path);
      if (node === undefined) this.notify(EventType.nodeDeleted, path, this.#ensemble.zxid);
      else if (node.pzxid > relativeZxid) this.notify(EventType.nodeChildrenChanged, path, node.pzxid);
      else this.#watches.child.add(path);
    }
  }

  #send(write: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter();
    const at = writer.reserveInt();
    write(writer);
    writer.setInt(at, writer.length - at - 4);
    this.#stream.write(writer.take());
  }
}

function newNode(data: Uint8Array | null, zxid: number, owner: bigint): Node {
  return { data, version: 0, cversion: 0, czxid: zxid, mzxid: zxid, pzxid: zxid, owner };
}
