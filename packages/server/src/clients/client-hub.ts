import { type ConnectRequest, EventType, OpCode, ProtocolVersion, type Zxid } from '@conclave/protocol';
import type { Applied, SessionInfo, Txn } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';
import type { Logger } from 'pino';
import type { Limits } from '../config/limits.ts';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Clock, Entropy } from '../environment/environment.ts';
import type { EventLoopTurn } from '../environment/event-loop-turn.ts';
import { guardedClock } from '../environment/guarded-clock.ts';
import type { SessionClaim } from '../peers/link-messages.ts';
import type { Replica, ReplicaListener } from '../replica/replica.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';
import { ReadBarriers } from '../requests/read-barriers.ts';
import { Workload } from '../requests/workload.ts';
import { ServerStats } from '../stats/server-stats.ts';
import { ClientWatches } from '../watches/client-watches.ts';
import { EventFrame } from '../watches/event-frame.ts';
import { AddressLimit } from './address-limit.ts';
import { Arrivals } from './arrivals.ts';
import { ClientConnection, type Closing, type ConnectionOwner } from './client-connection.ts';
import { ClientLog } from './client-log.ts';
import { ConnectedSessions } from './connected-sessions.ts';
import { LargeRequests } from './large-requests.ts';
import type { ClientServices } from './services.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { WriteQueue } from './write-queue.ts';

export interface ClientHubOptions {
  readonly id: ServerId;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Logger;
  readonly turn: EventLoopTurn;
  /** The digest of the super user; undefined for none. */
  readonly superDigest: string | undefined;
  /** Whether a hard quota refuses a write that goes beyond it. Otherwise it is only logged, like a soft quota. */
  readonly quotasEnforced: boolean;
  /** How often signs of life are passed on to the leader. */
  readonly touchIntervalMs: number;
  readonly onFatal: (error: unknown) => void;
}

const REQUESTS_START_MAX = 2 ** 48;

/**
 * All clients of this server, behind all doors: takes in their connections, knows which session is on which of them,
 * and passes on to them what the replica reports. A request meets the hub again only when its write has been applied.
 */
export class ClientHub implements ReplicaListener, ConnectionOwner {
  readonly limits: Limits;
  readonly stats = new ServerStats();
  readonly watches: ClientWatches;
  readonly #options: ClientHubOptions;
  readonly #replica: Replica;
  readonly #services: ClientServices;
  readonly #connections = new Set<ClientConnection>();
  readonly #addresses: AddressLimit;
  readonly #sessions = new ConnectedSessions<ClientConnection>();
  readonly #arrivals: Arrivals<ClientConnection>;
  /**
   * The number of the next question or session that is asked for. Numbers start at a random point, so that an answer
   * meant for this server before its restart is not taken for an answer to a new question.
   */
  #nextRequest: number;
  #cancelCutOff: () => void = () => {};
  #closed = false;

  constructor(options: ClientHubOptions, replica: Replica) {
    const { entropy, onFatal, id, limits, quotasEnforced, superDigest, touchIntervalMs, turn } = options;
    this.#options = options;
    this.#replica = replica;
    const clock = guardedClock(options.clock, onFatal);
    this.limits = limits;
    this.#addresses = new AddressLimit(limits.connectionsPerAddressMax);
    this.watches = new ClientWatches(limits, clock, this.stats);
    this.watches.begin(replica.tree);
    this.#nextRequest = 1 + Math.floor(entropy.fraction() * REQUESTS_START_MAX);
    this.#arrivals = new Arrivals({
      id,
      limits,
      entropy,
      replica,
      nextRequest: () => this.#nextRequest++,
      onComeBack: (sessionId) => this.#sessions.find(sessionId)?.close('client_reconnect'),
      onAdmitted: (connection, session, since) => this.#admit(connection, session, since),
    });
    const reads = new ReadBarriers();
    const workload = new Workload(limits, this.stats, reads);
    this.#services = {
      id,
      limits,
      clock,
      turn,
      replica,
      reads,
      workload,
      superDigest,
      quotasEnforced,
      onFatal,
      stats: this.stats,
      watches: this.watches,
      log: new ClientLog(options.log, clock),
      largeRequests: new LargeRequests(limits),
      writes: new WriteQueue(clock),
      signs: new SignsOfLife(replica, clock, touchIntervalMs, workload, turn.schedule),
    };
  }

  get connections(): ReadonlySet<ClientConnection> {
    return this.#connections;
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

  /** Takes over a stream that a door has let in. Refused streams are closed at once. */
  accept(stream: ByteStream): ClientConnection | undefined {
    const isFull = this.#closed || this.#connections.size >= this.limits.connectionsMax;
    if (isFull || !this.#addresses.take(stream.remoteAddress)) {
      this.refuse(stream, this.#addresses.countOf(stream.remoteAddress));
      return undefined;
    }
    const connection = new ClientConnection(stream, this.#services, this);
    this.#connections.add(connection);
    this.stats.connectionsAccepted++;
    return connection;
  }

  /** Turns a stream away. Its address has `connections` connections already. */
  refuse(stream: ByteStream, connections: number): void {
    this.stats.connectionsRefused++;
    this.#services.log.refused(stream.remoteAddress, connections);
    stream.destroy();
  }

  onHandshake(connection: ClientConnection, handshake: ConnectRequest): void {
    this.#arrivals.begin(connection, handshake);
  }

  onConnectionClosed(connection: ClientConnection, { reason, arriving, unanswered }: Closing): void {
    const { log, signs, turn, workload, writes } = this.#services;
    this.#connections.delete(connection);
    writes.delete(connection);
    workload.forget(connection);
    signs.forget(connection);
    for (const item of unanswered) workload.abandoned(item);
    this.stats.packetsReceived += connection.packetsReceived;
    this.stats.packetsSent += connection.packetsSent;
    this.#addresses.release(connection.stream.remoteAddress);
    if (arriving) this.#arrivals.forget(connection);
    this.watches.connectionClosed(connection);
    this.#sessions.delete(connection);
    log.closed(connection, reason);
    if (!this.#closed) turn.schedule();
  }

  /** The first part of a turn's end: collects what the replica should work off with this turn's other work. */
  collect(): void {
    const { reads, workload } = this.#services;
    for (const connection of this.watches.takeWaiting()) connection.work();
    workload.goOn();
    if (!reads.anyUnasked || !this.#replica.serving) return;
    const request = this.#nextRequest++;
    reads.ask(request);
    this.#replica.readIndex(request);
  }

  /** The last part of a turn's end: one write to each client that has something coming. */
  flush(): void {
    const { turn, workload, writes } = this.#services;
    writes.flush();
    if (writes.anyLeft || this.watches.anyWaiting || workload.anyUnfinished) turn.schedule();
    workload.relieve();
  }

  onApplied(txn: Txn, applied: Applied): void {
    const { id, log } = this.#services;
    this.watches.applied(applied);
    if (txn.origin === id) log.applied(txn, applied);
    for (const grant of applied.grants) {
      this.#sessions
        .find(grant.sessionId)
        ?.notify(new EventFrame(EventType.granted, grant.node, applied.zxid));
    }
    if (txn.command.op === OpCode.moveSession) this.#sessionMoved(txn, applied);
    else if (txn.origin === id) {
      if (applied.sessionCreated !== undefined) {
        this.#arrivals.created(txn.xid, applied.sessionCreated, applied.zxid);
      } else this.#sessions.find(txn.sessionId)?.handleApplied(txn, applied);
    }
    if (applied.sessionClosed !== undefined) this.#sessions.end(applied.sessionClosed);
  }

  onCaughtUp(): void {
    const { tree } = this.#replica;
    this.#arrivals.release(tree);
    this.#services.reads.release(tree.lastZxid);
  }

  onServing(): void {
    this.#cancelCutOff();
    for (const connection of this.#connections) connection.resendWrites();
    this.#arrivals.serve();
    this.#services.turn.schedule();
  }

  onNotServing(): void {
    if (this.#closed) return;
    this.#services.reads.askAgain();
    this.#arrivals.askAgain();
    this.#cancelCutOff = this.#services.clock.after(this.limits.sessionTimeoutMinMs, () =>
      this.#closeClassicSessions(),
    );
  }

  onStateReplaced(): void {
    this.watches.begin(this.#replica.tree);
    // A snapshot does not say what became of requests under way, and watches must be compared with the new state.
    for (const connection of this.#connections) {
      if (connection.phase !== 'connecting') connection.close('state_replaced');
    }
  }

  onReadIndex(request: number, zxid: Zxid): void {
    const { reads } = this.#services;
    this.#arrivals.answered(request, zxid);
    reads.answer(request, zxid);
    reads.release(this.#replica.tree.lastZxid);
  }

  onSessionUnknown(request: number): void {
    this.#arrivals.refused(request);
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

  /** Closes all connections. Without `isSound` nothing is sent any more. */
  close(isSound: boolean): void {
    this.#closed = true;
    this.#services.signs.stop();
    this.#cancelCutOff();
    let reason: DisconnectReason = isSound ? 'server_shutdown' : 'server_failed';
    for (const connection of this.#connections) {
      try {
        connection.close(reason);
      } catch (error) {
        // A wrong count is found again at every connection. It must not keep the others, the doors or the disk open.
        if (reason !== 'server_failed') this.onFatal(error);
        reason = 'server_failed';
      }
    }
  }

  #admit(connection: ClientConnection, session: SessionInfo, since: Zxid): void {
    const { id } = session;
    if (connection.handshake?.protocolVersion === ProtocolVersion.heartbeat) {
      this.#sessions.addHeartbeat(id, connection);
      this.#services.signs.touch(id);
    } else {
      this.#sessions.put(id, connection);
    }
    connection.accept(id, session.timeoutMs, session.password, since);
  }

  /**
   * A ZooKeeper client takes any answer as proof that its session lives. So a server that has been without a leader for
   * long must not go on reading for it. Native clients know which answers prove something.
   */
  #closeClassicSessions(): void {
    for (const connection of this.#connections) {
      if (connection.phase === 'session' && !connection.native) connection.close('cut_off');
    }
  }

  #sessionMoved(txn: Txn, { sessionMoved, zxid }: Applied): void {
    if (txn.origin !== this.#services.id) {
      if (sessionMoved !== undefined) this.onSessionMoved(sessionMoved.id);
    } else if (sessionMoved === undefined) {
      this.#arrivals.refused(txn.xid);
    } else {
      this.#arrivals.moved(txn.xid, sessionMoved, zxid);
    }
  }
}
