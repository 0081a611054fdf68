import {
  type ConnectRequest,
  OpCode,
  ProtocolVersion,
  SESSION_PASSWORD_BYTES,
  type Zxid,
} from '@conclave/protocol';
import { encodeCommand, type SessionInfo, type Tree } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';
import type { Limits } from '../config/limits.ts';
import type { Entropy } from '../environment/environment.ts';
import type { Replica } from '../replica/replica.ts';
import { samePassword } from '../replica/session-password.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';

/** A connection that waits for the end of its handshake. */
export interface Arriving {
  close(reason: DisconnectReason): void;
  /** There is no such session any more. */
  refuseSession(): void;
}

export interface ArrivalsOptions<C extends Arriving> {
  readonly id: ServerId;
  readonly limits: Limits;
  readonly entropy: Entropy;
  readonly replica: Replica;
  readonly nextRequest: () => number;
  /** The client has given up the connection that it has here, if any. Nothing that still comes over it may count. */
  readonly onComeBack: (sessionId: number) => void;
  /** The session is this connection's from now on, or its heartbeat's. */
  readonly onAdmitted: (connection: C, session: SessionInfo, since: Zxid) => void;
}

/** A handshake for a session that exists, or that the client believes to exist. */
interface Arrival<C> {
  readonly connection: C;
  readonly handshake: ConnectRequest;
  readonly sessionId: number;
}

/** A handshake that waits until the tree has come as far as the leader said. */
interface Returning<C> extends Arrival<C> {
  readonly barrier: Zxid;
}

/**
 * Handshakes, from the client's first frame to its admission. A new session is a transaction, and so is the move of a
 * session to another connection. A client that comes back is admitted when that transaction has been applied here. So
 * it finds everything that it did through another server. Nothing that it sent there can take effect afterwards, not
 * even under another leader.
 */
export class Arrivals<C extends Arriving> {
  readonly #options: ArrivalsOptions<C>;
  /** Handshakes that came while there was no leader. */
  readonly #waiting = new Map<C, ConnectRequest>();
  /** Handshakes for a new session, by the xid of the transaction that creates it. */
  readonly #creating = new Map<number, { connection: C; handshake: ConnectRequest }>();
  /** Handshakes for an existing session, by the number of the question to the leader. */
  readonly #asked = new Map<number, Arrival<C>>();
  #returning: Returning<C>[] = [];

  constructor(options: ArrivalsOptions<C>) {
    this.#options = options;
  }

  begin(connection: C, handshake: ConnectRequest): void {
    const { replica, nextRequest } = this.#options;
    if (!replica.serving) {
      this.#waiting.set(connection, handshake);
      return;
    }
    const heartbeat = handshake.protocolVersion === ProtocolVersion.heartbeat;
    if (handshake.sessionId === 0n && !heartbeat) {
      // ZooKeeper's rule: a client that has seen a later state than this server must try another server.
      if (handshake.lastZxidSeen > replica.tree.lastZxid) {
        connection.close('client_zxid_ahead');
        return;
      }
      const xid = nextRequest();
      this.#creating.set(xid, { connection, handshake });
      this.#createSession(xid, handshake);
      return;
    }
    const sessionId = Number(handshake.sessionId);
    if (!Number.isSafeInteger(sessionId) || sessionId <= 0) {
      connection.refuseSession();
      return;
    }
    const request = nextRequest();
    this.#asked.set(request, { connection, handshake, sessionId });
    const session = replica.tree.session(sessionId);
    const known = session !== undefined && samePassword(session.password, handshake.password);
    if (heartbeat) {
      // A heartbeat connection does not move its session. It only must not be judged by an old state. The leader also
      // learns that signs of life of this session come from here.
      if (known) replica.touch([sessionId]);
      replica.readIndex(request);
    } else {
      if (known) this.#options.onComeBack(sessionId);
      replica.revalidate(request, sessionId, handshake.password);
    }
  }

  /** The connection has closed before it was admitted. */
  forget(connection: C): void {
    this.#waiting.delete(connection);
    for (const [xid, creating] of this.#creating)
      if (creating.connection === connection) this.#creating.delete(xid);
    for (const [request, arrival] of this.#asked)
      if (arrival.connection === connection) this.#asked.delete(request);
    if (this.#returning.length > 0) {
      this.#returning = this.#returning.filter((returning) => returning.connection !== connection);
    }
  }

  /** A session was created for a handshake here. If its connection has closed, the session is left to expire. */
  created(xid: number, session: SessionInfo, zxid: Zxid): void {
    const creating = this.#creating.get(xid);
    if (creating === undefined) return;
    this.#creating.delete(xid);
    this.#options.onAdmitted(creating.connection, session, zxid);
  }

  /**
   * The session now belongs to this server. If the connection that asked for it has closed, no server owns it until the
   * client comes back.
   */
  moved(request: number, session: SessionInfo, zxid: Zxid): void {
    const arrival = this.#asked.get(request);
    if (arrival === undefined || arrival.sessionId !== session.id) return;
    this.#asked.delete(request);
    this.#welcomeBack({ ...arrival, barrier: zxid }, this.#options.replica.tree);
  }

  refused(request: number): void {
    this.#asked.get(request)?.connection.refuseSession();
    this.#asked.delete(request);
  }

  answered(request: number, barrier: Zxid): void {
    const arrival = this.#asked.get(request);
    if (arrival === undefined) return;
    this.#asked.delete(request);
    this.#returning.push({ ...arrival, barrier });
    this.release(this.#options.replica.tree);
  }

  /** Admits the clients for which the tree has come far enough. */
  release(tree: Tree): void {
    if (this.#returning.length === 0) return;
    const ready = this.#returning.filter(({ barrier }) => barrier <= tree.lastZxid);
    if (ready.length === 0) return;
    this.#returning = this.#returning.filter(({ barrier }) => barrier > tree.lastZxid);
    for (const returning of ready) this.#welcomeBack(returning, tree);
  }

  /** There is a leader (again). */
  serve(): void {
    for (const [xid, { handshake }] of this.#creating) this.#createSession(xid, handshake);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [connection, handshake] of waiting) this.begin(connection, handshake);
  }

  /** The leader that was asked is gone, so the next one will be asked. */
  askAgain(): void {
    for (const { connection, handshake } of this.#asked.values()) this.#waiting.set(connection, handshake);
    for (const { connection, handshake } of this.#returning) this.#waiting.set(connection, handshake);
    this.#asked.clear();
    this.#returning = [];
  }

  #createSession(xid: number, handshake: ConnectRequest): void {
    const { id, limits, entropy, replica } = this.#options;
    const timeoutMs = Math.min(
      Math.max(handshake.timeoutMs, limits.sessionTimeoutMinMs),
      limits.sessionTimeoutMaxMs,
    );
    const native = handshake.protocolVersion === ProtocolVersion.native;
    const password = entropy.bytes(SESSION_PASSWORD_BYTES);
    replica.submit(
      encodeCommand(
        { origin: id, sessionId: 0, xid, confirmed: 0, native },
        { op: OpCode.createSession, timeoutMs, password, native },
      ),
    );
  }

  #welcomeBack({ connection, handshake, sessionId, barrier }: Returning<C>, tree: Tree): void {
    const session = tree.session(sessionId);
    const resumable =
      session !== undefined &&
      samePassword(session.password, handshake.password) &&
      // The two protocols count requests differently, so a session keeps the protocol that it began with.
      session.native === (handshake.protocolVersion !== ProtocolVersion.zookeeper);
    if (!resumable) {
      connection.refuseSession();
    } else if (handshake.lastZxidSeen > tree.lastZxid) {
      connection.close('client_zxid_ahead');
    } else {
      this.#options.onAdmitted(connection, session, barrier);
    }
  }
}
