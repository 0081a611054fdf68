import type { Zxid } from '@conclave/protocol';
import type { SessionClaim } from '../peers/link-messages.ts';
import type { DisconnectReason } from '../requests/disconnect-reason.ts';

/** A connection that a session is on. */
export interface Connected {
  readonly sessionId: number;
  /** How far the history had come when the connection got its session. */
  readonly since: Zxid;
  close(reason: DisconnectReason): void;
}

/** The connections of each session to this server: one for its requests, and any number for heartbeats alone. */
export class ConnectedSessions<C extends Connected> {
  readonly #connections = new Map<number, C>();
  readonly #heartbeats = new Map<number, Set<C>>();

  /** The connection for the session's requests. */
  find(sessionId: number): C | undefined {
    return this.#connections.get(sessionId);
  }

  /** The session's requests come on this connection from now on; the one before is closed. */
  put(sessionId: number, connection: C): void {
    this.#connections.get(sessionId)?.close('client_reconnect');
    this.#connections.set(sessionId, connection);
  }

  addHeartbeat(sessionId: number, connection: C): void {
    const heartbeats = this.#heartbeats.get(sessionId);
    if (heartbeats === undefined) this.#heartbeats.set(sessionId, new Set([connection]));
    else heartbeats.add(connection);
  }

  /** The connection has closed. */
  delete(connection: C): void {
    const { sessionId } = connection;
    if (this.#connections.get(sessionId) === connection) this.#connections.delete(sessionId);
    const heartbeats = this.#heartbeats.get(sessionId);
    if (heartbeats?.delete(connection) && heartbeats.size === 0) this.#heartbeats.delete(sessionId);
  }

  /** The session is over, and so are all its connections. */
  end(sessionId: number): void {
    this.#connections.get(sessionId)?.close('connection_expired');
    for (const heartbeat of this.#heartbeats.get(sessionId) ?? []) heartbeat.close('connection_expired');
  }

  /** The sessions that this server claims from a leader that it attaches to. */
  claims(): SessionClaim[] {
    const claims: SessionClaim[] = [];
    for (const [id, { since }] of this.#connections) claims.push({ id, since });
    return claims;
  }
}
