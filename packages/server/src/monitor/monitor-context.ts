import { VERSION, ZXID_ZERO } from '@conclave/protocol';
import type { Config } from '../config/config.ts';
import type { Clock } from '../environment/environment.ts';
import type { StatusContext } from './status.ts';

/** What the four-letter words and the admin commands read. */
export interface MonitorContext extends StatusContext {
  readonly config: Config;
  readonly clock: Clock;
  /** The port that ZooKeeper's door has, once it is open. */
  readonly zookeeperPort: () => number;
}

/**
 * Tools read this version to learn which features they can use. It names the ZooKeeper whose protocol is spoken here.
 */
export const ZOOKEEPER_VERSION = `3.9.0-conclave-${VERSION}`;

export const NOT_SERVING = 'This ZooKeeper instance is not currently serving requests';

export type Mode = 'leader' | 'follower' | 'standalone';

/** ZooKeeper's word for a server's role. */
export function modeOf({ replica }: MonitorContext): Mode {
  if (replica.size === 1) return 'standalone';
  return replica.status.role === 'leading' ? 'leader' : 'follower';
}

/** Frames received and sent since the start, or since the counters were reset. */
export function packetsOf({ hub }: MonitorContext): { packetsReceived: number; packetsSent: number } {
  const { packetsReceived, packetsSent } = hub.packets();
  return {
    packetsReceived: packetsReceived - hub.stats.packetsReceivedBefore,
    packetsSent: packetsSent - hub.stats.packetsSentBefore,
  };
}

/** Resets the server's counters, for `srst`. */
export function resetServerStats({ hub, replica }: MonitorContext): void {
  hub.stats.reset(hub.packets());
  replica.desk?.proposalBytes.reset();
}

/** Resets the connections' counters, for `crst`. */
export function resetConnectionStats({ hub }: MonitorContext): void {
  for (const connection of hub.connections) {
    connection.stats.reset(connection.packetsReceived, connection.packetsSent);
  }
}

/** How many ephemeral nodes there are. */
export function ephemeralCount({ replica }: MonitorContext): number {
  let count = 0;
  for (const session of replica.tree.sessions()) count += session.ephemeralCount;
  return count;
}

/** The sessions that have ephemeral nodes. */
export function* sessionsWithEphemerals({
  replica,
}: MonitorContext): Generator<readonly [sessionId: number, paths: Iterable<string>]> {
  const { tree } = replica;
  for (const { id, ephemeralCount } of tree.sessions()) {
    if (ephemeralCount > 0) yield [id, tree.ephemerals(id)];
  }
}

export function sessionTimeoutMs({ replica }: MonitorContext, sessionId: number): number | undefined {
  return sessionId === 0 ? undefined : replica.tree.session(sessionId)?.timeoutMs;
}

/** The durable checkpoint: its zxid, and when it was last written, in seconds since 1970; -1 for what is not there. */
export async function lastSnapshot({
  replica,
}: MonitorContext): Promise<{ zxid: string; timestamp: number }> {
  const zxid = replica.durableCheckpoint;
  if (zxid === ZXID_ZERO) return { zxid: '-1', timestamp: -1 };
  const { checkpointMs } = await replica.storageUsage();
  return {
    zxid: zxid.toString(16),
    timestamp: checkpointMs === undefined ? -1 : Math.floor(checkpointMs / 1_000),
  };
}
