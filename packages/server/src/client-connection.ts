import {
  ByteReader,
  type ConnectRequest,
  ErrorNumber,
  FrameDecoder,
  isOpenAcl,
  OpCode,
  type PathWatchRequest,
  ProtocolError,
  ProtocolVersion,
  type Request,
  RequestFlag,
  type RequestHeader,
  type Response,
  readConnectRequest,
  readRequest,
  readRequestHeader,
  type SetNativeWatchesRequest,
  type SetWatchesRequest,
  type StatFields,
  type Zxid,
} from '@conclave/protocol';
import { type Applied, encodeCommand, encodePayload, type PayloadFields, type Txn } from '@conclave/tree';
import type { ByteStream } from './byte-stream.ts';
import type { ClientHub } from './client-hub.ts';
import { ClientOutbox } from './client-outbox.ts';
import { type PendingRead, type PendingRequest, type PendingWrite, RequestQueue } from './request-queue.ts';

/** Why a connection ended, for logs and metrics; ZooKeeper's names where it has one. */
export type DisconnectReason =
  | 'client_closed_connection'
  | 'client_closed_session'
  | 'client_zxid_ahead'
  | 'connection_expired'
  | 'client_reconnect'
  | 'failed_handshake'
  | 'bad_input'
  | 'auth_failed'
  | 'slow_consumer'
  | 'session_moved'
  | 'cut_off'
  | 'state_replaced'
  | 'server_shutdown';

type Phase = 'handshake' | 'connecting' | 'session' | 'heartbeat' | 'closed';

const HANDSHAKE_BYTES_MAX = 1024;
const EMPTY_PASSWORD = new Uint8Array(16);

/**
 * One client's connection: the handshake, then a session's requests, answered strictly in the order in which
 * they came. A write goes to the leader at once unless a linearizable read stands before it: that read must
 * not see what the session does later. A plain read is made when everything before it has been answered.
 */
export class ClientConnection {
  readonly stream: ByteStream;
  readonly connectedMs: number;
  readonly #hub: ClientHub;
  readonly #out: ClientOutbox;
  readonly #queue = new RequestQueue();
  readonly #decoder: FrameDecoder;
  readonly #early: Uint8Array[] = [];
  #cancelHandshakeTimeout: () => void;
  #phase: Phase = 'handshake';
  #request: ConnectRequest | undefined;
  #sessionId = 0;
  #since = 0 as Zxid;
  #sentWrites = 0;
  #linearizable = 0;
  #paused = false;
  #backedUp = false;
  packetsReceived = 0;

  constructor(stream: ByteStream, hub: ClientHub) {
    this.stream = stream;
    this.#hub = hub;
    this.#decoder = new FrameDecoder(hub.limits.frameBytesMax);
    this.#out = new ClientOutbox(hub.limits.frameBytesMax, () => hub.unwritten(this));
    this.connectedMs = hub.nowMs();
    this.#cancelHandshakeTimeout = hub.after(hub.limits.handshakeTimeoutMs, () =>
      this.close('failed_handshake'),
    );
    stream.onData = (chunk) => this.#receive(chunk);
    stream.onClose = () => this.close('client_closed_connection');
    stream.onDrain = () => this.#drained();
  }

  get sessionId(): number {
    return this.#sessionId;
  }

  /** How far the history had come when this connection got its session. */
  get since(): Zxid {
    return this.#since;
  }

  get outstanding(): number {
    return this.#queue.length;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get handshake(): ConnectRequest | undefined {
    return this.#request;
  }

  get native(): boolean {
    return this.#out.native;
  }

  get packetsSent(): number {
    return this.#out.frames;
  }

  /** Sends what has gathered in this turn. */
  flush(): void {
    if (this.#out.isEmpty || this.#phase === 'closed') return;
    if (!this.stream.write(this.#out.take())) {
      if (this.stream.bufferedBytes > this.#hub.limits.unreadBytesMax) this.close('slow_consumer');
      else if (this.stream.bufferedBytes > this.#hub.limits.unreadBytesHigh) this.#backedUp = true;
    }
    this.regulate();
  }

  close(reason: DisconnectReason): void {
    if (this.#phase === 'closed') return;
    if (!this.#out.isEmpty) this.stream.write(this.#out.take());
    const arriving = this.#phase === 'connecting';
    this.#phase = 'closed';
    this.#cancelHandshakeTimeout();
    this.#hub.connectionClosed(this, { reason, arriving, unanswered: this.#queue });
    if (reason === 'slow_consumer') this.stream.destroy();
    else this.stream.end();
  }

  /** Ends the handshake: the session is this connection's from now on. */
  accept(sessionId: number, timeoutMs: number, password: Uint8Array, since: Zxid): void {
    const request = this.#request;
    if (this.#phase !== 'connecting' || request === undefined) return;
    const heartbeat = request.protocolVersion === ProtocolVersion.heartbeat;
    this.#cancelHandshakeTimeout();
    this.#sessionId = sessionId;
    this.#since = since;
    this.#out.native = request.protocolVersion === ProtocolVersion.native;
    this.#phase = heartbeat ? 'heartbeat' : 'session';
    this.#out.connectResponse(request, sessionId, timeoutMs, password);
    this.stream.resume();
    this.#guard(() => {
      for (const frame of this.#early.splice(0)) this.#handle(frame);
    });
  }

  /** Ends the handshake: there is no such session any more. */
  refuseSession(): void {
    const request = this.#request;
    if (this.#phase !== 'connecting' || request === undefined) return;
    this.#out.connectResponse(request, 0, 0, EMPTY_PASSWORD);
    this.close('connection_expired');
  }

  /** An event, before any answer that could reveal what it tells. */
  notify(type: number, path: string, zxid: Zxid): void {
    this.#out.event(type, path, zxid);
  }

  /**
   * Answers a ping, which may be out of turn, when this server can vouch for the session. The answer's delay is how a
   * client learns that it cannot.
   */
  pong(): void {
    if (!this.#hub.vouches(this.#sessionId)) {
      this.#hub.owePong(this);
      return;
    }
    this.#hub.touch(this.#sessionId);
    this.#out.pong(this.#hub.tree.lastZxid);
  }

  /** A transaction of this session that came in at this server has been applied. */
  handleApplied(txn: Txn, applied: Applied): void {
    const head = this.#queue.peek();
    // Anything else is a request that was sent again after a change of leader and has had its answer.
    if (head === undefined || head.kind !== 'write' || !head.sent || head.xid !== txn.xid) return;
    this.#queue.shift();
    this.#sentWrites--;
    this.#answer(head, applied.zxid, applied.error, applied.response);
    if (head.opcode === OpCode.closeSession) {
      this.close('client_closed_session');
      return;
    }
    this.work();
  }

  /** Answers what can be answered by now. */
  work(): void {
    for (;;) {
      const head = this.#queue.peek();
      if (head === undefined || this.#phase !== 'session') break;
      if (head.kind === 'write') {
        if (!head.sent) this.#sendHeldWrites();
        break;
      }
      // A client that does not read waits, unless a later write of its own is under way and would overtake.
      if (this.#backedUp && this.#sentWrites === 0) break;
      if (head.kind === 'error') {
        this.#queue.shift();
        this.#answer(head, this.#hub.tree.lastZxid, head.error, undefined);
      } else if (head.kind === 'linearizable') {
        if (head.target === undefined || this.#hub.tree.lastZxid < head.target) break;
        this.#queue.shift();
        this.#linearizable--;
        this.#read(head);
        this.#sendHeldWrites();
      } else {
        this.#queue.shift();
        this.#read(head);
      }
    }
    this.regulate();
  }

  /** Sends the leader again what it has not answered; the one before took it along or never had it. */
  resendWrites(): void {
    for (const item of this.#queue) {
      if (item.kind === 'write' && item.sent) this.#hub.submit(item.payload.slice());
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#guard(() => this.#decoder.push(chunk, this.#handle));
    this.#hub.schedule();
  }

  readonly #handle = (frame: Uint8Array): boolean => {
    this.packetsReceived++;
    switch (this.#phase) {
      case 'handshake':
        this.#handleConnect(frame);
        break;
      case 'connecting':
        // Java's client sends its watches behind the handshake without awaiting the answer.
        this.#early.push(frame.slice());
        break;
      case 'session':
        this.#handleFrame(frame);
        break;
      case 'heartbeat':
        this.#handleHeartbeat(frame);
        break;
      case 'closed':
        break;
      default:
        this.#phase satisfies never;
    }
    return this.#phase !== 'closed';
  };

  /** Whatever a client's bytes lead to here ends this connection and nothing else. */
  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (error instanceof ProtocolError) this.#hub.badInput(this, error);
      else this.#hub.requestFailed(this, error);
      this.close(this.#phase === 'handshake' ? 'failed_handshake' : 'bad_input');
    }
  }

  #handleConnect(frame: Uint8Array): void {
    if (frame.length > HANDSHAKE_BYTES_MAX)
      throw new ProtocolError('FRAME_TOO_LARGE', 'a handshake too long');
    this.#request = readConnectRequest(frame);
    this.#phase = 'connecting';
    this.stream.pause();
    this.#hub.connect(this, this.#request);
  }

  #handleHeartbeat(frame: Uint8Array): void {
    const header = readRequestHeader(new ByteReader(frame), false);
    if (header.opcode !== OpCode.ping)
      throw new ProtocolError('BAD_RECORD', 'only pings are for this connection');
    this.pong();
  }

  #handleFrame(frame: Uint8Array): void {
    const reader = new ByteReader(frame);
    const header = readRequestHeader(reader, this.native);
    this.#hub.touch(this.#sessionId);
    if (header.opcode === OpCode.ping) {
      this.pong();
      return;
    }
    const record = frame.subarray(frame.length - reader.remaining);
    let request: Request;
    try {
      if (header.opcode >= 1000 && !this.native)
        throw new ProtocolError('UNKNOWN_OPCODE', 'a native operation');
      request = readRequest(header.opcode, reader);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#hub.badInput(this, error);
      const code =
        error.code === 'UNKNOWN_OPCODE' ? ErrorNumber.UNIMPLEMENTED : ErrorNumber.MARSHALLING_ERROR;
      this.#enqueueError(header, code);
      return;
    }
    this.#enqueue(header, request, record);
    this.work();
  }

  #enqueue(header: RequestHeader, request: Request, record: Uint8Array): void {
    const { xid, opcode } = header;
    const arrivedMs = this.#hub.turnMs();
    switch (request.op) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.delete:
      case OpCode.setData:
      case OpCode.multi:
      case OpCode.lineJoin:
      case OpCode.lineLeave:
      case OpCode.barrierEnter:
      case OpCode.barrierLeave:
      case OpCode.guarded: {
        if (hasClosedAcl(request)) {
          this.#enqueueError(header, ErrorNumber.UNIMPLEMENTED);
          return;
        }
        const payload = encodePayload({ ...this.#source(header), opcode }, record);
        this.#push({ kind: 'write', xid, opcode, arrivedMs, payload, sent: false });
        return;
      }
      case OpCode.closeSession: {
        const payload = encodeCommand(this.#source(header), { op: OpCode.closeSession, reason: 'client' });
        this.#push({ kind: 'write', xid, opcode, arrivedMs, payload, sent: false });
        return;
      }
      case OpCode.exists:
      case OpCode.getData:
      case OpCode.getChildren:
      case OpCode.getChildren2:
      case OpCode.lineHolder:
      case OpCode.lineStatus: {
        if ((header.flags & RequestFlag.linearizable) === 0)
          this.#push({ kind: 'read', xid, opcode, arrivedMs, request });
        else this.#push({ kind: 'linearizable', xid, opcode, arrivedMs, request, target: undefined });
        return;
      }
      case OpCode.sync:
        this.#push({ kind: 'linearizable', xid, opcode, arrivedMs, request, target: undefined });
        return;
      case OpCode.setWatches:
      case OpCode.setNativeWatches:
      case OpCode.auth:
        this.#push({ kind: 'read', xid, opcode, arrivedMs, request });
        return;
      case OpCode.ping:
        return;
      default:
        request satisfies never;
    }
  }

  #source(header: RequestHeader): Omit<PayloadFields, 'opcode'> {
    return {
      origin: this.#hub.id,
      sessionId: this.#sessionId,
      xid: header.xid,
      confirmed: header.confirmed,
      native: this.native,
    };
  }

  #push(item: PendingRequest): void {
    this.#queue.push(item);
    this.#hub.arrived(item);
    if (item.kind === 'linearizable') {
      this.#linearizable++;
      this.#hub.awaitIndex(this, item);
    } else if (item.kind === 'write' && this.#linearizable === 0) {
      this.#send(item);
    }
    if (this.#queue.length >= this.#hub.limits.outstandingPerConnectionMax) this.regulate();
  }

  /** An error that is known at once still waits for its turn. */
  #enqueueError(header: RequestHeader, error: number): void {
    this.#push({
      kind: 'error',
      xid: header.xid,
      opcode: header.opcode,
      arrivedMs: this.#hub.turnMs(),
      error,
    });
    this.work();
  }

  #send(item: PendingWrite): void {
    if (item.sent) return;
    item.sent = true;
    this.#sentWrites++;
    this.#hub.submit(item.payload);
  }

  #sendHeldWrites(): void {
    for (const item of this.#queue) {
      if (item.kind === 'linearizable') return;
      if (item.kind === 'write') this.#send(item);
    }
  }

  #read(item: PendingRead): void {
    const { request } = item;
    const { tree } = this.#hub;
    switch (request.op) {
      case OpCode.sync:
        this.#answer(item, tree.lastZxid, ErrorNumber.OK, { op: OpCode.sync, path: request.path });
        return;
      case OpCode.setWatches:
      case OpCode.setNativeWatches: {
        if (!this.#hub.mayWatch(this, countWatches(request))) {
          this.#answer(item, tree.lastZxid, ErrorNumber.THROTTLED_OP, undefined);
          return;
        }
        this.#hub.reregister(this, request);
        this.#answer(item, tree.lastZxid, ErrorNumber.OK, { op: request.op });
        return;
      }
      case OpCode.auth:
        // There is no authentication scheme yet; ZooKeeper answers so, and closes, when it lacks one.
        this.#answer(item, tree.lastZxid, ErrorNumber.AUTH_FAILED, undefined);
        this.close('auth_failed');
        return;
      case OpCode.exists:
      case OpCode.getData:
      case OpCode.getChildren:
      case OpCode.getChildren2:
      case OpCode.lineHolder:
        if (request.watch && !this.#hub.mayWatch(this, 1)) {
          this.#answer(item, tree.lastZxid, ErrorNumber.THROTTLED_OP, undefined);
          return;
        }
        this.#readAndWatch(item, request);
        return;
      case OpCode.lineStatus: {
        const result = tree.read(request, this.#sessionId);
        this.#answer(item, tree.lastZxid, result.error, result.response);
        return;
      }
      default:
        request satisfies never;
    }
  }

  #readAndWatch(item: PendingRead, request: PathWatchRequest): void {
    const { tree } = this.#hub;
    const result = tree.read(request, this.#sessionId);
    if (request.watch) this.#hub.watch(this, request, result.error);
    this.#answer(item, tree.lastZxid, result.error, result.response);
  }

  #answer(item: PendingRequest, zxid: Zxid, error: number, response: Response<StatFields> | undefined): void {
    this.#hub.answered(item);
    this.#out.reply(item.xid, zxid, error, response);
  }

  #drained(): void {
    this.#backedUp = false;
    this.work();
    this.#hub.schedule();
  }

  /** Stops reading from a client that has enough under way, goes on when there is room. True: it is read. */
  regulate(): boolean {
    if (this.#phase === 'closed') return true;
    const { limits, overloaded } = this.#hub;
    const queueMax = limits.outstandingPerConnectionMax;
    const full = this.#queue.length >= queueMax || this.#backedUp || overloaded;
    const roomy = this.#queue.length <= queueMax / 2 && !this.#backedUp && !overloaded;
    if (!this.#paused && full) {
      this.#paused = true;
      this.#hub.pausedConnection(this);
      this.stream.pause();
    } else if (this.#paused && roomy) {
      this.#paused = false;
      this.stream.resume();
    }
    return !this.#paused;
  }
}

function countWatches(request: SetWatchesRequest | SetNativeWatchesRequest): number {
  const holders = request.op === OpCode.setNativeWatches ? request.holder.length : 0;
  return request.data.length + request.exist.length + request.child.length + holders;
}

/** Access control is not enforced yet: a node that asks for it is refused rather than left open unawares. */
function hasClosedAcl(request: Request): boolean {
  switch (request.op) {
    case OpCode.create:
    case OpCode.create2:
      return !isOpenAcl(request.acl);
    case OpCode.multi:
      return request.operations.some((operation) => 'acl' in operation && !isOpenAcl(operation.acl));
    case OpCode.guarded:
      return hasClosedAcl(request.write);
    default:
      return false;
  }
}
