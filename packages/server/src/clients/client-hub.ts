import {
  type ConnectRequest,
  EventType,
  OpCode,
  type ProtocolError,
  ProtocolVersion,
  type Zxid,
} from '@conclave/protocol';
import type { Applied, SessionInfo, Tree, Txn } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';
import type { Logger } from 'pino';
import type { Limits } from '../config/limits.ts';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Clock, Entropy } from '../environment/environment.ts';
import type { SessionClaim } from '../peers/link-messages.ts';
import type { Replica, ReplicaListener } from '../replica/replica.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';
import { ReadBarriers } from '../requests/read-barriers.ts';
import type { PendingLinearizable, PendingRequest, PendingWrite } from '../requests/request-queue.ts';
import { Workload } from '../requests/workload.ts';
import { ServerStats } from '../stats/server-stats.ts';
import { ClientWatches } from '../watches/client-watches.ts';
import { EventFrame } from '../watches/event-frame.ts';
import { AddressLimit } from './address-limit.ts';
import { Arrivals } from './arrivals.ts';
import { ClientConnection } from './client-connection.ts';
import { ClientLog } from './client-log.ts';
import { ConnectedSessions } from './connected-sessions.ts';
import { LargeRequests } from './large-requests.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { WriteQueue } from './write-queue.ts';

export interface ClientHubOptions {
  readonly id: ServerId;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  /** The digest of the super user; `undefined` for none. */
  readonly superDigest: string | undefined;
  /** Whether a hard quota refuses what goes beyond it, or is only told of as a soft one is. */
  readonly quotasEnforced: boolean;
  /** How often signs of life are passed on to the leader. */
  readonly touchIntervalMs: number;
  readonly schedule: () => void;
  readonly onFatal: (error: unknown) => void;
}

const REQUESTS_START_MAX = 2 ** 48;

interface Closing {
  readonly reason: DisconnectReason;
  readonly arriving: boolean;
  readonly unanswered: Iterable<PendingRequest>;
}

/**
 * All clients of this server: their handshakes, which session is on which connection, watches, and what waits
 * for the leader or for the tree. One hub stands behind all doors.
 */
export class ClientHub implements ReplicaListener {
  readonly id: ServerId;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly largeRequests: LargeRequests;
  readonly stats = new ServerStats();
  readonly watches: ClientWatches<ClientConnection>;
  readonly workload: Workload;
  readonly #options: ClientHubOptions;
  readonly #log: ClientLog;
  readonly #connections = new Set<ClientConnection>();
  readonly #addresses: AddressLimit;
  readonly #sessions = new ConnectedSessions<ClientConnection>();
  readonly #unwritten: WriteQueue<ClientConnection>;
  readonly #reads = new ReadBarriers();
  /** In each of its lives a server begins elsewhere: an answer to the one before must not look like its own. */
  #nextRequest: number;
  #replica: Replica | undefined;
  #arrivals: Arrivals<ClientConnection> | undefined;
  #signs: SignsOfLife | undefined;
  #cancelCutOff: () => void = () => {};
  /** When this turn's first request came; latencies need no finer clock. */
  #turnMs = 0;
  #closed = false;

  constructor(options: ClientHubOptions) {
    this.#options = options;
    this.id = options.id;
    this.limits = options.limits;
    this.clock = options.clock;
    this.largeRequests = new LargeRequests(options.limits);
    this.#addresses = new AddressLimit(options.limits.connectionsPerAddressMax);
    this.#unwritten = new WriteQueue(options.clock);
    this.workload = new Workload(options.limits, this.stats, this.#reads);
    const { eventHistoryMax, eventHistoryBytesMax } = options.limits;
    this.watches = new ClientWatches<ClientConnection>(
      { changesMax: eventHistoryMax, bytesMax: eventHistoryBytesMax },
      options.clock,
      this.stats,
    );
    this.#nextRequest = 1 + Math.floor(options.entropy.fraction() * REQUESTS_START_MAX);
    this.#log = new ClientLog(options.log, options.clock);
  }

  /** Connects the hub with the replica behind it; nothing comes in before. */
  open(replica: Replica): void {
    this.#replica = replica;
    this.watches.begin(replica.tree);
    this.#arrivals = new Arrivals({
      id: this.id,
      limits: this.limits,
      entropy: this.#options.entropy,
      replica,
      nextRequest: () => this.#nextRequest++,
      onComeBack: (sessionId) => this.#sessions.find(sessionId)?.close('client_reconnect'),
      onAdmitted: (connection, session, since) => this.#admit(connection, session, since),
    });
    const { clock, touchIntervalMs, schedule } = this.#options;
    this.#signs = new SignsOfLife(replica, clock, touchIntervalMs, this.workload, schedule);
  }

  get tree(): Tree {
    return this.#mustReplica().tree;
  }

  get signs(): SignsOfLife {
    if (this.#signs === undefined) throw new TypeError('the hub is not open');
    return this.#signs;
  }

  get superDigest(): string | undefined {
    return this.#options.superDigest;
  }

  get quotasEnforced(): boolean {
    return this.#options.quotasEnforced;
  }

  get connections(): ReadonlySet<ClientConnection> {
    return this.#connections;
  }

  get watchCount(): number {
    return this.watches.table.count;
  }

  get watchedPaths(): number {
    return this.watches.table.pathCount;
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
    const isFull = this.#closed || this.#connections.size >= this.limits.connectionsMax;
    if (isFull || !this.#addresses.take(stream.remoteAddress)) {
      this.refuse(stream, this.#addresses.countOf(stream.remoteAddress));
      return undefined;
    }
    const connection = new ClientConnection(stream, this);
    this.#connections.add(connection);
    this.stats.connectionsAccepted++;
    return connection;
  }

  /** Turns a stream away whose address has so many `connections` already. */
  refuse(stream: ByteStream, connections: number): void {
    this.stats.connectionsRefused++;
    this.#log.refused(stream.remoteAddress, connections);
    stream.destroy();
  }

  /** A handshake has come in. */
  connect(connection: ClientConnection, handshake: ConnectRequest): void {
    this.#arrivals?.begin(connection, handshake);
  }

  submit(payload: Uint8Array): void {
    this.#mustReplica().submit(payload);
  }

  /** Sends a write to the leader for the first time. */
  send(item: PendingWrite): void {
    this.workload.writeSent(item);
    this.submit(item.payload);
  }

  awaitIndex(connection: ClientConnection, item: PendingLinearizable): void {
    this.#reads.add(connection, item);
  }

  arrived(item: PendingRequest): void {
    this.stats.outstanding++;
    this.stats.countRequest(item.opcode);
  }

  answered(item: PendingRequest): void {
    this.stats.outstanding--;
    if (item.kind === 'write') this.workload.writeOver(item);
    this.stats.countLatency(item.kind, this.turnMs() - item.arrivedMs);
  }

  unwritten(connection: ClientConnection, isUrgent: boolean): void {
    this.#unwritten.add(connection, isUrgent);
  }

  badInput(connection: ClientConnection, error: ProtocolError): void {
    this.stats.badInputs++;
    this.#log.badInput(connection, error);
  }

  /** A fault of this server that one client's request brought out. */
  requestFailed(connection: ClientConnection, err: unknown): void {
    this.#log.failed(connection, err);
  }

  /** Whether this connection may set so many more watches, on paths that are together so long. */
  mayWatch(connection: ClientConnection, more: number, pathLength: number): boolean {
    const { watchesPerConnectionMax, watchBytesPerConnectionMax } = this.limits;
    return (
      this.watches.countOf(connection) + more <= watchesPerConnectionMax &&
      this.watches.pathLengthOf(connection) + pathLength <= watchBytesPerConnectionMax
    );
  }

  connectionClosed(connection: ClientConnection, { reason, arriving, unanswered }: Closing): void {
    this.#connections.delete(connection);
    this.#unwritten.delete(connection);
    this.workload.forget(connection);
    this.#signs?.forget(connection);
    for (const item of unanswered) {
      this.stats.outstanding--;
      if (item.kind === 'write') this.workload.writeOver(item);
    }
    this.stats.packetsReceived += connection.packetsReceived;
    this.stats.packetsSent += connection.packetsSent;
    this.#addresses.release(connection.stream.remoteAddress);
    if (arriving) this.#arrivals?.forget(connection);
    this.watches.connectionClosed(connection);
    this.#sessions.delete(connection);
    this.#log.closed(connection, reason);
    if (!this.#closed) this.schedule();
  }

  /** The first part of a turn's end: what the replica should work off with this turn's other work. */
  collect(): void {
    for (const connection of this.watches.takeWaiting()) connection.work();
    this.workload.goOn();
    const replica = this.#mustReplica();
    if (!this.#reads.anyUnasked || !replica.serving) return;
    const request = this.#nextRequest++;
    this.#reads.ask(request);
    replica.readIndex(request);
  }

  /** The last part of a turn's end: one write to each client that has something coming. */
  flush(): void {
    this.#unwritten.flush();
    if (this.#unwritten.anyLeft || this.watches.anyWaiting || this.workload.anyUnfinished) this.schedule();
    this.#turnMs = 0;
    this.workload.relieve();
  }

  onApplied(txn: Txn, applied: Applied): void {
    this.watches.applied(applied);
    if (txn.origin === this.id) this.#log.applied(txn, applied);
    for (const grant of applied.grants) {
      this.#sessions
        .find(grant.sessionId)
        ?.notify(new EventFrame(EventType.granted, grant.node, applied.zxid));
    }
    if (txn.command.op === OpCode.moveSession) this.#sessionMoved(txn, applied);
    else if (txn.origin === this.id) {
      if (applied.sessionCreated !== undefined) {
        this.#arrivals?.created(txn.xid, applied.sessionCreated, applied.zxid);
      } else this.#sessions.find(txn.sessionId)?.handleApplied(txn, applied);
    }
    if (applied.sessionClosed !== undefined) this.#sessions.end(applied.sessionClosed);
  }

  onCaughtUp(): void {
    const { tree } = this;
    this.#arrivals?.release(tree);
    this.#reads.release(tree.lastZxid);
  }

  onServing(): void {
    this.#cancelCutOff();
    for (const connection of this.#connections) connection.resendWrites();
    this.#arrivals?.serve();
    this.schedule();
  }

  onNotServing(): void {
    if (this.#closed) return;
    this.#reads.askAgain();
    this.#arrivals?.askAgain();
    this.#cancelCutOff = this.after(this.limits.sessionTimeoutMinMs, () => this.#closeClassicSessions());
  }

  onStateReplaced(): void {
    this.watches.begin(this.tree);
    // What became of requests under way cannot be told from a snapshot, and watches must be held against it.
    for (const connection of this.#connections) {
      if (connection.phase !== 'connecting') connection.close('state_replaced');
    }
  }

  onReadIndex(request: number, zxid: Zxid): void {
    this.#arrivals?.answered(request, zxid);
    this.#reads.answer(request, zxid);
    this.#reads.release(this.tree.lastZxid);
  }

  onSessionUnknown(request: number): void {
    this.#arrivals?.refused(request);
  }

  onSessionMoved(sessionId: number): void {
    this.#sessions.find(sessionId)?.close('session_moved');
  }

  sessionClaims(): SessionClaim[] {
    return this.#sessions.claims();
  }

  onFatal(error: unknown): void {
    this.#options.onFatal(error);
  }

  close(): void {
    this.#closed = true;
    this.#signs?.stop();
    this.#cancelCutOff();
    for (const connection of this.#connections) connection.close('server_shutdown');
  }

  #admit(connection: ClientConnection, session: SessionInfo, since: Zxid): void {
    const { id } = session;
    if (connection.handshake?.protocolVersion === ProtocolVersion.heartbeat) {
      this.#sessions.addHeartbeat(id, connection);
      this.signs.touch(id);
    } else {
      this.#sessions.put(id, connection);
    }
    connection.accept(id, session.timeoutMs, session.password, since);
  }

  /**
   * A ZooKeeper client takes any answer for a proof that its session lives, so a server that has been without a
   * leader for long must not go on reading for it. Native clients know which answers prove something.
   */
  #closeClassicSessions(): void {
    for (const connection of this.#connections) {
      if (connection.phase === 'session' && !connection.native) connection.close('cut_off');
    }
  }

  #sessionMoved(txn: Txn, { sessionMoved, zxid }: Applied): void {
    if (txn.origin !== this.id) {
      if (sessionMoved !== undefined) this.onSessionMoved(sessionMoved.id);
    } else if (sessionMoved === undefined) {
      this.#arrivals?.refused(txn.xid);
    } else {
      this.#arrivals?.moved(txn.xid, sessionMoved, zxid);
    }
  }

  #mustReplica(): Replica {
    if (this.#replica === undefined) throw new TypeError('the hub is not open');
    return this.#replica;
  }
}
