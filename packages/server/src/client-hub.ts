import {
  type ConnectRequest,
  EventType,
  OpCode,
  type PathWatchRequest,
  type ProtocolError,
  ProtocolVersion,
  SESSION_PASSWORD_BYTES,
  type SetNativeWatchesRequest,
  type SetWatchesRequest,
  type Zxid,
} from '@conclave/protocol';
import { type Applied, encodeCommand, type Tree, type Txn, WatchTable, watchKindOf } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';
import type { Logger } from 'pino';
import type { ByteStream } from './byte-stream.ts';
import { ClientConnection, type DisconnectReason } from './client-connection.ts';
import type { Clock, Entropy } from './environment.ts';
import { LimitedLog } from './limited-log.ts';
import type { Limits } from './limits.ts';
import type { SessionClaim } from './link-messages.ts';
import type { Replica, ReplicaListener } from './replica.ts';
import type { PendingLinearizable, PendingRequest } from './request-queue.ts';
import { ServerStats } from './server-stats.ts';
import { samePassword } from './session-password.ts';

export interface ClientHubOptions {
  readonly id: ServerId;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** How often signs of life are passed on to the leader. */
  readonly touchIntervalMs: number;
  readonly schedule: () => void;
  readonly onFatal: (error: unknown) => void;
}

interface IndexWaiter {
  readonly connection: ClientConnection;
  readonly item: PendingLinearizable;
}

/** A handshake that waits for the leader's word. */
interface Arrival {
  readonly connection: ClientConnection;
  readonly sessionId: number;
}

/** A handshake that waits for the tree to have come as far as the leader said. */
interface Returning extends Arrival {
  readonly barrier: Zxid;
}

/**
 * All clients of this server: their handshakes, which session is on which connection, watches, and what waits
 * for the leader or for the tree. One hub stands behind all doors.
 */
export class ClientHub implements ReplicaListener {
  readonly id: ServerId;
  readonly limits: Limits;
  readonly stats = new ServerStats();
  readonly #options: ClientHubOptions;
  readonly #badInputLog: LimitedLog;
  readonly #connections = new Set<ClientConnection>();
  readonly #byAddress = new Map<string, number>();
  readonly #sessions = new Map<number, ClientConnection>();
  readonly #heartbeats = new Map<number, Set<ClientConnection>>();
  readonly #watches = new WatchTable<ClientConnection>();
  readonly #unwritten = new Set<ClientConnection>();
  readonly #paused = new Set<ClientConnection>();
  readonly #touched = new Set<number>();
  /** Handshakes whose session is being created, by the xid of the request for it. */
  readonly #creating = new Map<number, ClientConnection>();
  /** Clients that come back to their session, and heartbeat connections, by the request to the leader. */
  readonly #arriving = new Map<number, Arrival>();
  #returning: Returning[] = [];
  /** Handshakes that came while there was no leader. */
  #awaitingService: ClientConnection[] = [];
  #unasked: IndexWaiter[] = [];
  readonly #asked = new Map<number, IndexWaiter[]>();
  #indexed: IndexWaiter[] = [];
  #nextRequest = 1;
  #replica: Replica | undefined;
  #cancelTouch: () => void = () => {};
  /** When this turn's first request came; latencies need no finer clock. */
  #turnMs = 0;
  #closed = false;

  constructor(options: ClientHubOptions) {
    this.#options = options;
    this.id = options.id;
    this.limits = options.limits;
    this.#badInputLog = new LimitedLog(options.log, options.clock);
  }

  /** Connects the hub with the replica behind it; nothing comes in before. */
  open(replica: Replica): void {
    this.#replica = replica;
    this.#passTouchesOn();
  }

  get tree(): Tree {
    return this.#mustReplica().tree;
  }

  get connections(): ReadonlySet<ClientConnection> {
    return this.#connections;
  }

  get watchCount(): number {
    return this.#watches.count;
  }

  get watchedPaths(): number {
    return this.#watches.pathCount;
  }

  /** More is under way than this server takes on: clients are not read until it is less. */
  get overloaded(): boolean {
    return this.stats.outstanding >= this.limits.outstandingMax;
  }

  /** Frames received and sent since the start. */
  packets(): { packetsReceived: number; packetsSent: number } {
    let { packetsReceived, packetsSent } = this.stats;
    for (const connection of this.#connections) {
      packetsReceived += connection.packetsReceived;
      packetsSent += connection.packetsSent;
    }
    return { packetsReceived, packetsSent };
  }

  nowMs(): number {
    return this.#options.clock.monotonicMs();
  }

  /** The time of this turn of the event loop: requests need no finer clock. */
  turnMs(): number {
    if (this.#turnMs === 0) this.#turnMs = this.nowMs();
    return this.#turnMs;
  }

  after(delayMs: number, task: () => void): () => void {
    return this.#options.clock.after(delayMs, task);
  }

  schedule(): void {
    this.#options.schedule();
  }

  /** Takes over a stream that a door has let in. Refused streams are closed at once. */
  accept(stream: ByteStream): ClientConnection | undefined {
    const fromAddress = this.#byAddress.get(stream.remoteAddress) ?? 0;
    if (
      this.#closed ||
      this.#connections.size >= this.limits.connectionsMax ||
      fromAddress >= this.limits.connectionsPerAddressMax
    ) {
      this.stats.connectionsRefused++;
      this.#badInputLog.warn(
        { address: stream.remoteAddress, connections: fromAddress },
        'a connection is one too many',
      );
      stream.destroy();
      return undefined;
    }
    this.#byAddress.set(stream.remoteAddress, fromAddress + 1);
    const connection = new ClientConnection(stream, this);
    this.#connections.add(connection);
    return connection;
  }

  /** A handshake has come in. */
  connect(connection: ClientConnection, request: ConnectRequest): void {
    if (!this.#mustReplica().serving) {
      this.#awaitingService.push(connection);
      return;
    }
    this.#connect(connection, request);
    this.schedule();
  }

  submit(payload: Uint8Array): void {
    this.#mustReplica().submit(payload);
  }

  touch(sessionId: number): void {
    this.#touched.add(sessionId);
  }

  /** Whether a heartbeat of this session may be answered: the answer is the client's proof that it is alive. */
  vouches(sessionId: number): boolean {
    return this.#mustReplica().inTouch && this.tree.session(sessionId) !== undefined;
  }

  awaitIndex(connection: ClientConnection, item: PendingLinearizable): void {
    this.#unasked.push({ connection, item });
  }

  arrived(item: PendingRequest): void {
    this.stats.outstanding++;
    this.stats.countRequest(item.opcode);
  }

  answered(item: PendingRequest): void {
    this.stats.outstanding--;
    this.stats.countLatency(this.turnMs() - item.arrivedMs);
  }

  unwritten(connection: ClientConnection): void {
    this.#unwritten.add(connection);
  }

  pausedConnection(connection: ClientConnection): void {
    this.#paused.add(connection);
  }

  badInput(connection: ClientConnection, error: ProtocolError): void {
    this.stats.badInputs++;
    this.#badInputLog.warn(
      {
        address: connection.stream.remoteAddress,
        sessionId: connection.sessionId,
        code: error.code,
        reason: error.message,
      },
      'bad input from a client',
    );
  }

  /** Leaves a watch as the read's outcome asks. */
  watch(connection: ClientConnection, request: PathWatchRequest, error: number): void {
    const kind = watchKindOf(request, error);
    if (kind !== undefined) this.#watches.add(kind, request.path, connection);
  }

  /** Whether this connection may set one more watch. */
  mayWatch(connection: ClientConnection): boolean {
    return this.#watches.countOf(connection) < this.limits.watchesPerConnectionMax;
  }

  /** Sets a returning client's watches again; those whose node has changed since fire. */
  reregister(connection: ClientConnection, request: SetWatchesRequest | SetNativeWatchesRequest): void {
    const { tree } = this;
    this.#watches.reregister(tree, request, connection, (type, path) => {
      connection.notify(type, path, tree.lastZxid);
    });
  }

  connectionClosed(connection: ClientConnection, unanswered: number, reason: DisconnectReason): void {
    this.#connections.delete(connection);
    this.#unwritten.delete(connection);
    this.#paused.delete(connection);
    this.stats.outstanding -= unanswered;
    this.stats.packetsReceived += connection.packetsReceived;
    this.stats.packetsSent += connection.packetsSent;
    const { remoteAddress } = connection.stream;
    const others = (this.#byAddress.get(remoteAddress) ?? 1) - 1;
    if (others > 0) this.#byAddress.set(remoteAddress, others);
    else this.#byAddress.delete(remoteAddress);
    this.#watches.removeWatcher(connection);
    const { sessionId } = connection;
    if (this.#sessions.get(sessionId) === connection) this.#sessions.delete(sessionId);
    const heartbeats = this.#heartbeats.get(sessionId);
    if (heartbeats?.delete(connection) && heartbeats.size === 0) this.#heartbeats.delete(sessionId);
    this.#options.log.debug({ address: remoteAddress, sessionId, reason }, 'connection closed');
    if (!this.#closed) this.schedule();
  }

  /** The first part of a turn's end: what the replica should work off with this turn's other work. */
  collect(): void {
    if (this.#unasked.length === 0 || !this.#mustReplica().serving) return;
    const request = this.#nextRequest++;
    this.#asked.set(request, this.#unasked);
    this.#unasked = [];
    this.#mustReplica().readIndex(request);
  }

  /** The last part of a turn's end: one write to each client that has something coming. */
  flush(): void {
    for (const connection of this.#unwritten) connection.flush();
    this.#unwritten.clear();
    this.#turnMs = 0;
    if (this.#paused.size > 0 && !this.overloaded) {
      const paused = [...this.#paused];
      this.#paused.clear();
      for (const connection of paused) {
        if (!connection.regulate()) this.#paused.add(connection);
      }
    }
  }

  onApplied(txn: Txn, applied: Applied): void {
    if (this.#watches.count > 0) {
      const fire = this.#fire(applied.zxid);
      for (const change of applied.changes) this.#watches.trigger(change, fire);
    }
    for (const grant of applied.grants) {
      this.#sessions.get(grant.sessionId)?.notify(EventType.granted, grant.node, applied.zxid);
    }
    if (txn.origin === this.id) {
      if (applied.sessionCreated !== undefined) this.#created(txn.xid, applied);
      else this.#sessions.get(txn.sessionId)?.handleApplied(txn, applied);
    }
    if (applied.sessionClosed !== undefined) this.#sessionClosed(applied.sessionClosed);
  }

  onCaughtUp(): void {
    const { lastZxid } = this.tree;
    if (this.#returning.length > 0) {
      const ready = this.#returning.filter(({ barrier }) => barrier <= lastZxid);
      this.#returning = this.#returning.filter(({ barrier }) => barrier > lastZxid);
      for (const returning of ready) this.#welcomeBack(returning);
    }
    this.#releaseReads();
  }

  onServing(): void {
    for (const connection of this.#connections) connection.resendWrites();
    for (const [xid, connection] of this.#creating) this.#requestSession(xid, connection);
    const waiting = this.#awaitingService;
    this.#awaitingService = [];
    for (const connection of waiting) {
      const { handshake } = connection;
      if (handshake !== undefined && connection.phase === 'connecting') this.#connect(connection, handshake);
    }
    this.schedule();
  }

  onNotServing(): void {
    // The leader that was asked is gone; the next one is asked anew.
    for (const waiters of this.#asked.values()) this.#unasked.push(...waiters);
    this.#asked.clear();
    for (const { connection } of this.#arriving.values()) this.#awaitingService.push(connection);
    for (const { connection } of this.#returning) this.#awaitingService.push(connection);
    this.#arriving.clear();
    this.#returning = [];
  }

  onStateReplaced(): void {
    // What became of requests under way cannot be told from a snapshot; watches must be compared with it.
    for (const connection of this.#connections) connection.close('state_replaced');
    this.#creating.clear();
  }

  onReadIndex(request: number, zxid: Zxid): void {
    this.#arrived(request, zxid);
    const waiters = this.#asked.get(request);
    if (waiters === undefined) return;
    this.#asked.delete(request);
    for (const waiter of waiters) {
      waiter.item.target = zxid;
      this.#indexed.push(waiter);
    }
    this.#releaseReads();
  }

  onRevalidated(request: number, valid: boolean, barrier: Zxid): void {
    if (valid) {
      this.#arrived(request, barrier);
      return;
    }
    this.#arriving.get(request)?.connection.refuseSession();
    this.#arriving.delete(request);
  }

  onSessionMoved(sessionId: number): void {
    this.#sessions.get(sessionId)?.close('session_moved');
  }

  sessionClaims(): SessionClaim[] {
    const claims: SessionClaim[] = [];
    for (const [id, connection] of this.#sessions) claims.push({ id, since: connection.since });
    return claims;
  }

  onFatal(error: unknown): void {
    this.#options.onFatal(error);
  }

  close(): void {
    this.#closed = true;
    this.#cancelTouch();
    for (const connection of this.#connections) connection.close('server_shutdown');
  }

  #connect(connection: ClientConnection, request: ConnectRequest): void {
    if (request.lastZxidSeen > this.tree.lastZxid && request.sessionId === 0n) {
      // ZooKeeper's rule: this client has seen what is not known here, so it must try another server.
      connection.close('client_zxid_ahead');
      return;
    }
    if (request.sessionId === 0n) {
      const xid = this.#nextRequest++;
      this.#creating.set(xid, connection);
      this.#requestSession(xid, connection);
      return;
    }
    const sessionId = Number(request.sessionId);
    if (!Number.isSafeInteger(sessionId) || sessionId < 0) {
      connection.refuseSession();
      return;
    }
    const id = this.#nextRequest++;
    this.#arriving.set(id, { connection, sessionId });
    // A heartbeat connection does not move its session, it only must not be judged by an old state.
    if (request.protocolVersion === ProtocolVersion.heartbeat) this.#mustReplica().readIndex(id);
    else this.#mustReplica().revalidate(id, sessionId, request.password);
  }

  #arrived(request: number, barrier: Zxid): void {
    const arrival = this.#arriving.get(request);
    if (arrival === undefined) return;
    this.#arriving.delete(request);
    const returning = { ...arrival, barrier };
    if (barrier <= this.tree.lastZxid) this.#welcomeBack(returning);
    else this.#returning.push(returning);
  }

  #requestSession(xid: number, connection: ClientConnection): void {
    const { handshake } = connection;
    if (handshake === undefined || connection.phase !== 'connecting') {
      this.#creating.delete(xid);
      return;
    }
    const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = this.limits;
    const timeoutMs = Math.min(Math.max(handshake.timeoutMs, sessionTimeoutMinMs), sessionTimeoutMaxMs);
    const native = handshake.protocolVersion === ProtocolVersion.native;
    const password = this.#options.entropy.bytes(SESSION_PASSWORD_BYTES);
    this.submit(
      encodeCommand(
        { origin: this.id, sessionId: 0, xid, confirmed: 0, native },
        { op: OpCode.createSession, timeoutMs, password, native },
      ),
    );
  }

  #created(xid: number, applied: Applied): void {
    const connection = this.#creating.get(xid);
    this.#creating.delete(xid);
    const session = applied.sessionCreated;
    // Without its connection the session is left to expire.
    if (connection === undefined || session === undefined || connection.phase !== 'connecting') return;
    this.#sessions.set(session.id, connection);
    connection.accept(session.id, session.timeoutMs, session.password, applied.zxid);
  }

  #welcomeBack({ connection, sessionId, barrier }: Returning): void {
    const { handshake } = connection;
    if (connection.phase !== 'connecting' || handshake === undefined) return;
    const session = this.tree.session(sessionId);
    if (session === undefined || !samePassword(session.password, handshake.password)) {
      connection.refuseSession();
      return;
    }
    if (handshake.lastZxidSeen > this.tree.lastZxid) {
      connection.close('client_zxid_ahead');
      return;
    }
    if (handshake.protocolVersion === ProtocolVersion.heartbeat) {
      const heartbeats = this.#heartbeats.get(sessionId);
      if (heartbeats === undefined) this.#heartbeats.set(sessionId, new Set([connection]));
      else heartbeats.add(connection);
      this.touch(sessionId);
    } else {
      this.#sessions.get(sessionId)?.close('client_reconnect');
      this.#sessions.set(sessionId, connection);
    }
    connection.accept(sessionId, session.timeoutMs, session.password, barrier);
  }

  #sessionClosed(sessionId: number): void {
    this.#sessions.get(sessionId)?.close('connection_expired');
    for (const heartbeat of this.#heartbeats.get(sessionId) ?? []) heartbeat.close('connection_expired');
  }

  #releaseReads(): void {
    if (this.#indexed.length === 0) return;
    const { lastZxid } = this.tree;
    const ready: ClientConnection[] = [];
    let kept = 0;
    for (const waiter of this.#indexed) {
      if ((waiter.item.target ?? 0) <= lastZxid) {
        if (ready.at(-1) !== waiter.connection) ready.push(waiter.connection);
      } else {
        this.#indexed[kept++] = waiter;
      }
    }
    this.#indexed.length = kept;
    for (const connection of ready) connection.work();
  }

  #fire(zxid: Zxid): (connection: ClientConnection, type: number, path: string) => void {
    return (connection, type, path) => {
      this.stats.watchesFired++;
      connection.notify(type, path, zxid);
    };
  }

  #passTouchesOn(): void {
    if (this.#closed) return;
    if (this.#touched.size > 0 && this.#mustReplica().serving) {
      this.#mustReplica().touch([...this.#touched]);
      this.#touched.clear();
    }
    this.#cancelTouch = this.after(this.#options.touchIntervalMs, () => this.#passTouchesOn());
  }

  #mustReplica(): Replica {
    if (this.#replica === undefined) throw new TypeError('the hub is not open');
    return this.#replica;
  }
}
