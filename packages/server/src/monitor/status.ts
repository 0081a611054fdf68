import { counterOf, epochOf, formatZxid, VERSION } from '@conclave/protocol';
import type { ClientHub } from '../clients/client-hub.ts';
import type { Replica } from '../replica/replica.ts';

/** The answer at `/v1/status`. */
export interface ServerStatus {
  readonly id: number;
  readonly ensemble: string;
  readonly version: string;
  readonly node: string;
  readonly uptimeMs: number;
  readonly role: string;
  readonly phase: string;
  readonly serving: boolean;
  readonly leader: number | null;
  readonly epoch: number;
  readonly zxid: ZxidStatus;
  readonly lastLogged: string;
  readonly lastCommitted: string;
  readonly checkpoint: string;
  readonly digest: string;
  readonly followers: readonly FollowerStatus[];
  readonly sessions: number;
  readonly connections: number;
  readonly znodes: number;
  readonly dataBytes: number;
  readonly watches: number;
  readonly watchedPaths: number;
  readonly outstandingRequests: number;
  readonly storageFailure: string | null;
}

/** A zxid in its parts. */
export interface ZxidStatus {
  readonly hex: string;
  readonly epoch: number;
  readonly counter: number;
}

/** A follower, as its leader sees it. */
export interface FollowerStatus {
  readonly id: number;
  readonly phase: string;
  readonly acknowledged: string;
  /** Transactions logged here that this follower has not acknowledged; `null` across epochs. */
  readonly lag: number | null;
}

export interface StatusContext {
  readonly id: number;
  readonly ensemble: string;
  readonly startedMs: number;
  readonly nowMs: () => number;
  readonly hub: ClientHub;
  readonly replica: Replica;
}

export function serverStatus(context: StatusContext): ServerStatus {
  const { hub, replica } = context;
  const { status, tree } = replica;
  return {
    id: context.id,
    ensemble: context.ensemble,
    version: VERSION,
    node: process.version,
    uptimeMs: Math.round(context.nowMs() - context.startedMs),
    role: status.role,
    phase: status.phase,
    serving: replica.serving,
    leader: status.leader ?? null,
    epoch: status.epoch,
    zxid: {
      hex: formatZxid(tree.lastZxid),
      epoch: epochOf(tree.lastZxid),
      counter: counterOf(tree.lastZxid),
    },
    lastLogged: formatZxid(status.lastLogged),
    lastCommitted: formatZxid(status.lastCommitted),
    checkpoint: formatZxid(replica.durableCheckpoint),
    digest: tree.digest(),
    followers: status.followers.map((follower) => ({
      id: follower.id,
      phase: follower.phase,
      acknowledged: formatZxid(follower.acked),
      lag: epochOf(follower.acked) === epochOf(status.lastLogged) ? status.lastLogged - follower.acked : null,
    })),
    sessions: tree.sessionCount,
    connections: hub.connections.size,
    znodes: tree.nodeCount,
    dataBytes: tree.dataBytes,
    watches: hub.watches.table.count,
    watchedPaths: hub.watches.table.pathCount,
    outstandingRequests: hub.stats.outstanding,
    storageFailure: replica.failure?.code ?? null,
  };
}
