import type { Zxid } from '@conclave/protocol';
import type { ServerAddress } from './addresses.ts';

/**
 * What keeps the session alive while the event loop is busy:
 * - `tolerant` (the default): a separate thread sends heartbeats for as long as the process lives. A long computation
 *   or garbage collection does no harm. A loop that hangs for ever keeps its locks until the process is ended.
 * - `strict`: the same thread, but the loop must vouch for itself. When it has not run for a third of the session
 *   timeout the heartbeats stop, and the session and its locks are lost unless the loop comes back in time. It suits
 *   workers that are better replaced than waited for.
 * - `loop`: there is no thread. The loop sends the heartbeats itself, and loses the session when it is blocked for
 *   about a session timeout. It starts fastest, so it suits commands that live for seconds.
 *
 * A thread needs Node.js and a native session: in browsers, and against ZooKeeper's servers, all three are `loop`. No
 * policy lets one lock have two holders. They differ only in how long the others wait for a holder that is stuck.
 */
export type LivenessPolicy = 'tolerant' | 'strict' | 'loop';

/** The session that heartbeats keep alive, and what its client wants to hear of them. */
export interface HeartbeatOptions {
  /** The servers of the ensemble. */
  readonly servers: readonly ServerAddress[];
  /** The id of the session. */
  readonly sessionId: bigint;
  /** The password of the session, which proves to a server that it is the client's own. */
  readonly password: Uint8Array;
  /** The session timeout, in milliseconds. */
  readonly sessionTimeoutMs: number;
  /** A transaction that the client has seen. A server that has not applied it yet may not know the session. */
  readonly lastZxidSeen: Zxid;
  /** Whether the heartbeats stop when `vouch` was not called for a third of the session timeout. */
  readonly mustVouch: boolean;
  /** Called when a server has answered that the session does not exist. This link sends no more heartbeats. */
  onSessionGone(): void;
  /** Called when the link has failed. It sends no more heartbeats, and the session may be alive nevertheless. */
  onFailure(cause: Error): void;
}

/** A second connection that keeps the session alive without moving it. */
export interface HeartbeatLink {
  /**
   * Returns when the latest heartbeat that was answered was sent, on the environment's clock. Returns -Infinity before
   * the first one.
   */
  provedAt(): number;
  /** Says that the event loop is running. */
  vouch(): void;
  /** Ends the heartbeats. */
  stop(): void;
}
