import type { Acl } from '@conclave/protocol';
import type { WatchEvent, WatchKind } from '../watches/watch-event.ts';
import type { FencingGuard } from './fencing-token.ts';
import type { CreateMode } from './node-data.ts';

/**
 * `linearizable` (the default): no older than any write that was answered to anybody before the call, proved by a
 * quorum. On ZooKeeper's servers it is their sync in front of the read.
 * `session`: what this client's server has, no older than anything this session has seen; cheaper.
 */
export type Consistency = 'linearizable' | 'session';

export interface SignalOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface CommandOptions extends SignalOptions {
  /** Refuses the write with GRANT_OVER, in the same transaction, unless the grant is current. Native sessions only. */
  readonly guard?: FencingGuard | undefined;
}

export interface WriteOptions extends CommandOptions {
  /** The data version the node must have; any by default. */
  readonly version?: number | undefined;
}

export interface CreateOptions extends CommandOptions {
  /** Default `persistent`. */
  readonly mode?: CreateMode | undefined;
  /**
   * The ensemble deletes the node when nobody has set it for so long and it has no children, in milliseconds, up to
   * 2^40 - 1. For persistent nodes, sequential ones among them. ZooKeeper's servers have to be told to allow it
   * (`extendedTypesEnabled`); UNIMPLEMENTED else.
   */
  readonly ttlMs?: number | undefined;
  /** Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /**
   * Creates missing parents as well, persistent, without data and open to everybody, whatever `acl` is. Not one
   * transaction with the node.
   */
  readonly parents?: boolean | undefined;
}

export interface LookOptions extends SignalOptions {
  readonly consistency?: Consistency | undefined;
}

export interface ReadOptions extends LookOptions {
  /**
   * Called once, at the next change, before the result of any call that could show it is there. `Client.watch`
   * follows a node for good.
   */
  readonly watch?: ((event: WatchEvent) => void) | undefined;
}

export interface FollowOptions extends SignalOptions {
  /** Default `data`. */
  readonly kind?: WatchKind | undefined;
}

export interface EventOptions extends SignalOptions {
  /** False: of the node, and that children were made or removed. True: of the node and of all below it. */
  readonly recursive: boolean;
  /** Events that may wait for a slow reader before a `gap` takes their place. Default 10,000. */
  readonly waitingMax?: number | undefined;
}

export interface PageOptions extends LookOptions {
  /** How many names come at a time. Default 1,000; more than fit into an answer are ANSWER_TOO_LARGE. */
  readonly pageSize?: number | undefined;
}
