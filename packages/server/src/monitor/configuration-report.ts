import { resolve } from 'node:path';
import { SYNC_TICKS } from '@conclave/zab';
import { membershipText, membersOf } from '../config/members.ts';
import { LISTEN_BACKLOG } from '../environment/listen.ts';
import type { LazyJson } from './json-text.ts';
import type { MonitorContext } from './monitor-context.ts';

/** The number of ZooKeeper's FastLeaderElection. Conclave orders votes in the same way. */
const ELECTION_ALGORITHM = 3;
const PARTICIPANT = 0;
const SECRETS: ReadonlySet<string> = new Set(['superDigest']);

/** The answer to `conf`: the settings under ZooKeeper's names. The tick is this server's, shorter than ZooKeeper's. */
export function configurationLines(context: MonitorContext, dataBytes: number): string[] {
  const { config } = context;
  const lines: [string, string | number][] = Object.entries({
    clientPort: context.zookeeperPort(),
    secureClientPort: -1,
    dataDir: resolve(config.dataDir),
    dataDirSize: dataBytes,
    dataLogDir: resolve(config.dataDir),
    dataLogSize: dataBytes,
    tickTime: config.tickMs,
    maxClientCnxns: config.zookeeperConnectionsPerAddressMax,
    minSessionTimeout: config.sessionTimeoutMinMs,
    maxSessionTimeout: config.sessionTimeoutMaxMs,
    clientPortListenBacklog: LISTEN_BACKLOG,
    serverId: config.id,
  });
  const own = membersOf(config).find(({ id }) => id === config.id);
  if (own === undefined) return asText(lines);
  const quorum = Object.entries({
    initLimit: SYNC_TICKS,
    syncLimit: config.suspicionTicks,
    electionAlg: ELECTION_ALGORITHM,
    electionPort: own.port,
    quorumPort: own.port,
    peerType: PARTICIPANT,
  });
  return [...asText(lines), ...asText(quorum), 'membership: \n', membershipText(config)];
}

/** The same settings as the fields of the admin command `configuration`. */
export function configurationRecord({
  config,
  zookeeperPort,
}: MonitorContext): Readonly<Record<string, LazyJson>> {
  return {
    client_port: zookeeperPort(),
    data_dir: resolve(config.dataDir),
    data_log_dir: resolve(config.dataDir),
    tick_time: config.tickMs,
    max_client_cnxns: config.zookeeperConnectionsPerAddressMax,
    min_session_timeout: config.sessionTimeoutMinMs,
    max_session_timeout: config.sessionTimeoutMaxMs,
    server_id: config.id,
    client_port_listen_backlog: LISTEN_BACKLOG,
  };
}

/** The settings in effect, one to a line, without the secret ones. */
export function initialConfiguration({ config }: MonitorContext): string {
  return Object.entries(config)
    .filter(([key]) => !SECRETS.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : value}\n`)
    .join('');
}

function asText(entries: readonly (readonly [string, string | number])[]): string[] {
  return entries.map(([key, value]) => `${key}=${value}\n`);
}
