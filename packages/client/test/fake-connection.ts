import {
  AddWatchMode,
  ByteReader,
  ByteWriter,
  ErrorNumber,
  EventType,
  FrameDecoder,
  KeeperState,
  OpCode,
  ProtocolVersion,
  type Request,
  type RequestHeader,
  type Response,
  readConnectRequest,
  readRequest,
  readRequestHeader,
  SpecialXid,
  WatcherType,
  writeConnectResponse,
  writeReplyHeader,
  writeResponse,
  writeWatcherEvent,
} from '@conclave/protocol';
import type { Answer, Serving, SessionOf } from './fake-session.ts';
import type { ServerStream } from './virtual-environment.ts';

type FakeSession = SessionOf<FakeConnection>;

/** One connection to one of the servers. */
export class FakeConnection {
  readonly #ensemble: Serving<FakeConnection>;
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

  constructor(ensemble: Serving<FakeConnection>, stream: ServerStream) {
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

  /** From now on every request is read, and none is done or answered. */
  silence(): void {
    this.#isSilent = true;
  }

  /** From now on requests are left unread. */
  freeze(): void {
    this.#unread ??= [];
  }

  /** Reads the requests that came in the meantime, and goes on. */
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
        lastRequestAt: ensemble.now(),
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
    session.lastRequestAt = ensemble.now();
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
    session.lastRequestAt = this.#ensemble.now();
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
    session.lastRequestAt = ensemble.now();
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
