import type { Acl } from '@conclave/protocol';
import type { WatchEvent, WatchKind } from '../watches/watch-event.ts';
import type { FencingGuard } from './fencing-token.ts';
import type { CreateMode } from './node-data.ts';

/**
 * How recent a read must be.
 *
 * - `linearizable` (the default): no older than any write that was answered, to any client, before the call. The leader
 *   confirms with a quorum that it still leads. Against ZooKeeper's servers their sync is sent ahead of the read.
 * - `session`: the state of this client's server, and no older than anything this session has seen. It is cheaper.
 */
export type Consistency = 'linearizable' | 'session';

/** The option of every call that waits. */
export interface SignalOptions {
  /** Ends the wait: the call rejects with the reason of this signal. Default: the call waits until it is answered. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of a call that may write. */
export interface CommandOptions extends SignalOptions {
  /**
   * Refuses the write with GRANT_OVER, in the same transaction, unless this grant is current. Native sessions only.
   * Default: no guard.
   */
  readonly guard?: FencingGuard | undefined;
}

/** The options of a write to an existing node. */
export interface WriteOptions extends CommandOptions {
  /** The version that the node must have; otherwise the write is refused with BAD_VERSION. Default: any version. */
  readonly version?: number | undefined;
}

/** The options of `Client.create`. */
export interface CreateOptions extends CommandOptions {
  /** How long the node lives, and whether its name gets a number. Default `persistent`. */
  readonly mode?: CreateMode | undefined;
  /**
   * The time to live of a persistent node, which may be sequential, in milliseconds, up to 2^40 - 1. The ensemble
   * deletes the node when it has not been set for this long and has no children. ZooKeeper's servers refuse it with
   * UNIMPLEMENTED unless `extendedTypesEnabled` is set there. Default: the node stays.
   */
  readonly ttlMs?: number | undefined;
  /** Which identities may do what with the node. Default: everyone may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /**
   * Creates missing parents as well: persistent, without data, and open to everyone whatever `acl` is. The parents are
   * not created in one transaction with the node. Default `false`.
   */
  readonly parents?: boolean | undefined;
}

/** The options of a read that takes no watch. */
export interface LookOptions extends SignalOptions {
  /** How recent the answer must be. Default `linearizable`. */
  readonly consistency?: Consistency | undefined;
}

/** The options of a read that can leave a one-shot watch. */
export interface ReadOptions extends LookOptions {
  /**
   * Called once, at the next change of what was read, and before the result of any call that could show the change. Use
   * `Client.watch` to follow a node. Default: no watch.
   */
  readonly watch?: ((event: WatchEvent) => void) | undefined;
}

/** The options of `Client.watch` that follow the state of a node. */
export interface FollowOptions extends SignalOptions {
  /** What to follow. Default `data`. */
  readonly kind?: WatchKind | undefined;
}

/** The options of `Client.watch` that report every change. */
export interface EventOptions extends SignalOptions {
  /**
   * `false`: changes of the node and of the list of its children. `true`: changes of the node and of all nodes below
   * it.
   */
  readonly recursive: boolean;
  /** How many events may wait for a slow reader before a `gap` takes their place. Default 10,000. */
  readonly waitingMax?: number | undefined;
}

/** The options of `Client.childPages`. */
export interface PageOptions extends LookOptions {
  /**
   * How many names a page has, from 1 to 100,000. A page that does not fit into an answer is refused with
   * ANSWER_TOO_LARGE. Default 1,000.
   */
  readonly pageSize?: number | undefined;
}
