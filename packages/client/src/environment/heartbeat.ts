import type { Zxid } from '@conclave/protocol';
import type { ServerAddress } from './addresses.ts';

/**
 * What keeps the session alive while the event loop is busy:
 * - `tolerant` (the default): a thread of its own sends heartbeats for as long as the process lives. A long
 *   computation or collection costs nothing; a loop that hangs for ever keeps its locks until someone ends it.
 * - `strict`: the same thread, but the loop must vouch for itself: when it has not run for a third of the session
 *   timeout the heartbeats stop, and the session and its locks go unless it comes back in time. For workers that
 *   had better be replaced than waited for.
 * - `loop`: no thread, the loop sends the heartbeats itself and loses the session when it is blocked for about a
 *   session timeout. Cheapest to start: right for commands that live for seconds.
 *
 * A thread needs Node and a native session: in browsers, and against ZooKeeper's servers, all three are `loop`.
 * No policy makes two holders of one lock possible; they only differ in who waits for whom.
 */
export type LivenessPolicy = 'tolerant' | 'strict' | 'loop';

export interface HeartbeatOptions {
  readonly servers: readonly ServerAddress[];
  readonly sessionId: bigint;
  readonly password: Uint8Array;
  readonly sessionTimeoutMs: number;
  /** A server that has not got this far may not know the session yet. */
  readonly lastZxidSeen: Zxid;
  /** Stop when `vouch` was not called for a third of the session timeout. */
  readonly mustVouch: boolean;
  /** A server said that the session does not exist; no more heartbeats come from this link. */
  onSessionGone(): void;
  /** No more heartbeats come from this link, whatever the session. */
  onFailure(cause: Error): void;
}

/** A second connection that keeps the session alive without moving it. */
export interface HeartbeatLink {
  /** When the last heartbeat that was answered was sent, on the environment's clock; -Infinity before the first. */
  provedAt(): number;
  /** The event loop is alive. */
  vouch(): void;
  stop(): void;
}
