import {
  type AuthRequest,
  ByteReader,
  type ConnectRequest,
  ErrorNumber,
  FrameDecoder,
  InvariantError,
  OpCode,
  ProtocolError,
  ProtocolVersion,
  type Request,
  type RequestHeader,
  readConnectRequest,
  readRequest,
  readRequestHeader,
  SpecialXid,
  unreachable,
  type Zxid,
} from '@conclave/protocol';
import type { Applied, Credentials, Txn } from '@conclave/tree';
import type { ByteStream } from '../environment/byte-stream.ts';
import { ClientOutbox } from '../requests/client-outbox.ts';
import type { ConnectionPhase } from '../requests/connection-phase.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';
import { pendingError, pendingRequest, type RequestSource } from '../requests/request-intake.ts';
import type { PendingRequest } from '../requests/request-queue.ts';
import { SessionRequests } from '../requests/session-requests.ts';
import { ConnectionStats } from '../stats/connection-stats.ts';
import type { EventFrame } from '../watches/event-frame.ts';
import { ClientThrottle } from './client-throttle.ts';
import { ConnectionIdentity } from './connection-identity.ts';
import type { ClientServices } from './services.ts';

const HANDSHAKE_BYTES_MAX = 1024;
const EMPTY_PASSWORD = new Uint8Array(16);

/** How a connection ends, and what it leaves. */
export interface Closing {
  readonly reason: DisconnectReason;
  /** Whether its handshake has not been answered. */
  readonly arriving: boolean;
  readonly unanswered: Iterable<PendingRequest>;
}

/** The hub, as a connection knows it. */
export interface ConnectionOwner {
  onHandshake(connection: ClientConnection, handshake: ConnectRequest): void;
  onConnectionClosed(connection: ClientConnection, closing: Closing): void;
}

/** One client's connection: the handshake, then a session's frames. */
export class ClientConnection {
  readonly stream: ByteStream;
  readonly connectedMs: number;
  readonly stats = new ConnectionStats();
  readonly throttle: ClientThrottle;
  readonly #services: ClientServices;
  readonly #owner: ConnectionOwner;
  readonly #out: ClientOutbox;
  readonly #requests: SessionRequests;
  readonly #decoder: FrameDecoder;
  readonly #identity: ConnectionIdentity;
  readonly #early: Uint8Array[] = [];
  #cancelHandshakeTimeout: () => void;
  #phase: ConnectionPhase = 'handshake';
  #request: ConnectRequest | undefined;
  #sessionId = 0;
  #source: RequestSource;
  #since = 0 as Zxid;
  /** An answer on its way is the last one, so nothing more that the client sends is looked at. */
  #isEnding = false;
  packetsReceived = 0;

  constructor(stream: ByteStream, services: ClientServices, owner: ConnectionOwner) {
    const { clock, limits, writes } = services;
    this.stream = stream;
    this.#services = services;
    this.#owner = owner;
    this.#decoder = new FrameDecoder(HANDSHAKE_BYTES_MAX);
    this.#identity = new ConnectionIdentity(stream.remoteAddress);
    this.throttle = new ClientThrottle(services, this);
    this.#out = new ClientOutbox(limits.frameBytesMax, (isUrgent) => writes.add(this, isUrgent));
    this.#requests = new SessionRequests(services, this, this.#out);
    this.#source = this.#sourceNow();
    this.connectedMs = clock.monotonicMs();
    this.#cancelHandshakeTimeout = clock.after(limits.handshakeTimeoutMs, () =>
      this.close('failed_handshake'),
    );
    stream.onData = (chunk) => {
      try {
        this.#receive(chunk);
      } catch (error) {
        services.onFatal(error);
      }
    };
    stream.onClose = () => this.#enter(() => this.close('client_closed_connection'));
    stream.onDrain = () => this.#enter(() => this.#drained());
    stream.onGather = (bytes) => this.#enter(() => this.#gathering(bytes));
  }

  /** The identities that the client has proved. */
  get credentials(): Credentials {
    return this.#identity.credentials;
  }

  get sessionId(): number {
    return this.#sessionId;
  }

  /** How far the history had come when this connection got its session. */
  get since(): Zxid {
    return this.#since;
  }

  get outstanding(): number {
    return this.#requests.length;
  }

  get phase(): ConnectionPhase {
    return this.#phase;
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  get handshake(): ConnectRequest | undefined {
    return this.#request;
  }

  get native(): boolean {
    return this.#out.native;
  }

  /** The longest frame that the client accepts. */
  get answerBytesMax(): number {
    return this.#out.frameBytesMax;
  }

  get packetsSent(): number {
    return this.#out.frames;
  }

  /** Sends everything that was gathered in this turn. */
  flush(): void {
    if (this.#out.isEmpty || this.#phase === 'closed') return;
    if (!this.stream.write(this.#out.take())) this.throttle.leftUnread();
    this.throttle.regulate();
  }

  close(reason: DisconnectReason): void {
    if (this.#phase === 'closed') return;
    // Answers of a turn in which this server's state was found to be wrong must not leave it.
    const isSound = reason !== 'server_failed';
    if (isSound && !this.#out.isEmpty) this.stream.write(this.#out.take());
    const arriving = this.#phase === 'connecting';
    this.#phase = 'closed';
    try {
      this.throttle.receiving(0);
      this.#cancelHandshakeTimeout();
      this.#owner.onConnectionClosed(this, { reason, arriving, unanswered: this.#requests });
    } finally {
      if (reason === 'slow_consumer' || !isSound) this.stream.destroy();
      else this.stream.end();
    }
  }

  /** Ends the handshake. From now on the session is on this connection. */
  accept(sessionId: number, timeoutMs: number, password: Uint8Array, since: Zxid): void {
    const request = this.#request;
    if (this.#phase !== 'connecting' || request === undefined) return;
    const heartbeat = request.protocolVersion === ProtocolVersion.heartbeat;
    this.#cancelHandshakeTimeout();
    this.#sessionId = sessionId;
    this.#since = since;
    this.throttle.begin(timeoutMs);
    this.#out.native = request.protocolVersion === ProtocolVersion.native;
    this.#source = this.#sourceNow();
    this.#phase = heartbeat ? 'heartbeat' : 'session';
    this.stats.answered(OpCode.createSession, 0, since, this.connectedMs, this.#services.turn.timeMs());
    this.stream.resume();
    this.#guard(() => {
      this.#out.connectResponse(request, sessionId, timeoutMs, password);
      for (const frame of this.#early.splice(0)) this.#handle(frame);
    });
    this.throttle.regulate();
  }

  /** Ends the handshake, because there is no such session any more. */
  refuseSession(): void {
    const request = this.#request;
    if (this.#phase !== 'connecting' || request === undefined) return;
    this.#out.connectResponse(request, 0, 0, EMPTY_PASSWORD);
    this.close('connection_expired');
  }

  /** The client has sent a four-letter word instead of a handshake. It has the time of a handshake to take the answer. */
  becomeProbe(): void {
    if (this.#phase !== 'handshake') return;
    this.packetsReceived++;
    this.#phase = 'probe';
  }

  /** The client has sent an interrupt of telnet instead of a handshake. */
  handleInterrupt(): void {
    this.#enter(() => this.close('client_closed_connection'));
  }

  /** Sends an event before any answer that could reveal the change. */
  notify(event: EventFrame): void {
    try {
      this.#out.event(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Answers a ping, before earlier requests if need be, if this server can vouch for the session. If it cannot, the
   * answer waits, and the delay shows that to the client.
   */
  pong(): void {
    const { replica, signs, turn } = this.#services;
    if (!signs.vouches(this.#sessionId)) {
      signs.owePong(this);
      return;
    }
    signs.touch(this.#sessionId);
    const { lastZxid } = replica.tree;
    this.#guard(() => this.#out.pong(lastZxid));
    const nowMs = turn.timeMs();
    this.stats.answered(OpCode.ping, SpecialXid.ping, lastZxid, nowMs, nowMs);
  }

  /** A transaction of this session that this server submitted has been applied. */
  handleApplied(txn: Txn, applied: Applied): void {
    this.#guard(() => {
      if (!this.#requests.handleApplied(txn, applied)) return;
      if (txn.command.op === OpCode.closeSession) this.close('client_closed_session');
      else this.work();
    });
  }

  /** Answers what can be answered by now; `isNextTurn` when a turn has gone by since it was put off. */
  work(isNextTurn = false): void {
    this.#guard(() => this.#requests.work(isNextTurn));
    this.throttle.regulate();
  }

  /** Sends to the leader again the writes that have no answer. */
  resendWrites(): void {
    this.#requests.resendWrites();
  }

  #receive(chunk: Uint8Array): void {
    this.#services.stats.bytesReceived += chunk.length;
    if (this.#isEnding) return;
    const before = this.packetsReceived;
    this.#guard(() => this.#decoder.push(chunk, this.#handle));
    if (this.packetsReceived !== before) this.throttle.receiving(0);
    this.throttle.receiving(this.#phase === 'closed' ? 0 : this.#decoder.bytesAnnounced);
    this.#services.turn.schedule();
  }

  /** The stream holds a part of a long message. No handshake is that long. */
  #gathering(bytes: number): void {
    if (this.#phase === 'handshake') this.close('failed_handshake');
    else this.throttle.receiving(bytes);
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
      case 'probe':
      case 'closed':
        break;
      default:
        unreachable(this.#phase);
    }
    return this.#phase !== 'closed' && !this.#isEnding;
  };

  /** Runs what the stream calls. An error that gets this far is not the client's: this server cannot go on. */
  #enter(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#services.onFatal(error);
    }
  }

  /**
   * Any error that a client's bytes lead to, now or in a later turn, ends this connection and nothing else. The
   * exception is a broken invariant: then this server's own state is wrong, so the error goes on and ends the server.
   */
  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (error instanceof InvariantError) throw error;
    if (error instanceof ProtocolError) this.#noteBadInput(error);
    else this.#services.log.failed(this, error);
    this.close(this.#phase === 'handshake' ? 'failed_handshake' : 'bad_input');
  }

  #noteBadInput(error: ProtocolError): void {
    this.#services.stats.badInputs++;
    this.#services.log.badInput(this, error);
  }

  #handleConnect(frame: Uint8Array): void {
    this.#request = readConnectRequest(frame);
    this.#limitFrames(this.#request.protocolVersion);
    this.#phase = 'connecting';
    this.stream.pause();
    this.#owner.onHandshake(this, this.#request);
  }

  #limitFrames(protocolVersion: number): void {
    const { frameBytesMax, zookeeperFrameBytesMax } = this.#services.limits;
    if (protocolVersion === ProtocolVersion.heartbeat) return;
    const bytesMax = protocolVersion === ProtocolVersion.native ? frameBytesMax : zookeeperFrameBytesMax;
    this.#decoder.frameBytesMax = bytesMax;
    this.#out.frameBytesMax = bytesMax;
  }

  #handleHeartbeat(frame: Uint8Array): void {
    const header = readRequestHeader(new ByteReader(frame), false);
    if (header.opcode !== OpCode.ping)
      throw new ProtocolError('BAD_RECORD', 'a heartbeat connection takes only pings');
    this.pong();
  }

  #handleFrame(frame: Uint8Array): void {
    const reader = new ByteReader(frame);
    const header = readRequestHeader(reader, this.native);
    this.#services.signs.touch(this.#sessionId);
    this.throttle.noteActivity(this.#services.turn.timeMs());
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
      // As in ZooKeeper: nothing can be trusted that follows a credential that cannot be read.
      if (header.opcode === OpCode.auth || header.opcode === OpCode.sasl) throw error;
      this.#noteBadInput(error);
      if (error.code !== 'UNKNOWN_OPCODE') this.#refuse(header, ErrorNumber.MARSHALLING_ERROR);
      // ZooKeeper closes the connection too. Native clients know which request failed, and go on.
      else this.#refuse(header, ErrorNumber.UNIMPLEMENTED, this.native ? undefined : 'bad_input');
      return;
    }
    if (request.op === OpCode.auth && !this.#authenticate(request)) {
      this.#services.stats.authFailures++;
      this.#refuse(header, ErrorNumber.AUTH_FAILED, 'auth_failed');
      return;
    }
    const item = pendingRequest(this.#source, header, request, record, this.#services.turn.timeMs());
    if (item !== undefined) this.#take(item);
  }

  /** A proved identity counts for everything that the client sends from now on. */
  #authenticate(request: AuthRequest): boolean {
    if (!this.#identity.authenticate(request, this.#services.superDigest)) return false;
    this.#source = this.#sourceNow();
    return true;
  }

  #sourceNow(): RequestSource {
    const { credentials, encoded } = this.#identity;
    return {
      origin: this.#services.id,
      sessionId: this.#sessionId,
      native: this.native,
      credentials: encoded,
      asker: { sessionId: this.#sessionId, credentials },
      quotasEnforced: this.#services.quotasEnforced,
    };
  }

  /** Queues an error as the answer. If it `closes` the connection, nothing more is read from that. */
  #refuse(header: RequestHeader, error: number, closes?: DisconnectReason): void {
    if (closes !== undefined) this.#isEnding = true;
    this.#take(pendingError(header, error, this.#services.turn.timeMs(), closes));
  }

  #take(item: PendingRequest): void {
    this.#requests.push(item);
    this.work();
  }

  #drained(): void {
    this.throttle.tookAll();
    this.work();
    this.#services.turn.schedule();
  }
}
