import { counterOf, epochOf, formatHostPort, formatZxid } from '@conclave/protocol';
import type { ClientConnection } from '../clients/client-connection.ts';
import { membersOf } from '../config/members.ts';
import type { SizeSummary } from '../stats/size-summary.ts';
import type { Watcher } from '../watches/client-watches.ts';
import { configurationRecord, initialConfiguration } from './configuration-report.ts';
import { connectionRecord } from './connection-info.ts';
import { hostEnvironment } from './host-environment.ts';
import { JsonList, JsonRecord, type LazyJson } from './json-text.ts';
import {
  lastSnapshot,
  type MonitorContext,
  modeOf,
  NOT_SERVING,
  packetsOf,
  resetConnectionStats,
  resetServerStats,
  sessionsWithEphemerals,
  sessionTimeoutMs,
  ZOOKEEPER_VERSION,
} from './monitor-context.ts';
import { Mean, monitorValues } from './monitor-values.ts';

type Fields = Readonly<Record<string, LazyJson>>;

interface ZookeeperCommand {
  /** The first name is the one that the answer carries. */
  readonly names: readonly [string, ...string[]];
  /** Whether a server without a leader answers it too. */
  readonly always?: boolean;
  readonly run: (context: MonitorContext) => Fields | JsonRecord | Promise<Fields | JsonRecord>;
}

/** The commands of ZooKeeper's admin server that make sense here, with its names and fields. */
const COMMANDS: readonly ZookeeperCommand[] = [
  { names: ['configuration', 'conf', 'config'], run: configurationRecord },
  { names: ['connection_stat_reset', 'crst'], run: reset(resetConnectionStats) },
  {
    names: ['connections', 'cons'],
    run: (context) => ({ connections: connections(context, false), secure_connections: [] }),
  },
  { names: ['dirs'], run: dirs },
  { names: ['dump'], run: dump },
  {
    names: ['environment', 'env', 'envi'],
    always: true,
    run: () => new JsonRecord(hostEnvironment()),
  },
  { names: ['get_trace_mask', 'gtmk'], always: true, run: () => ({ tracemask: 0 }) },
  { names: ['hash'], run: ({ replica }) => ({ digests: new JsonList(digests(replica.digests.entries())) }) },
  {
    names: ['initial_configuration', 'icfg'],
    run: (context) => ({ initial_configuration: initialConfiguration(context) }),
  },
  { names: ['is_read_only', 'isro'], run: () => ({ read_only: false }) },
  { names: ['last_snapshot', 'lsnp'], run: lastSnapshot },
  { names: ['leader', 'lead'], run: leader },
  { names: ['monitor', 'mntr'], run: monitor },
  { names: ['observer_connection_stat_reset', 'orst'], run: () => ({}) },
  { names: ['observers', 'obsr'], run: () => ({ synced_observers: 0, observers: [] }) },
  { names: ['ruok'], run: () => ({}) },
  { names: ['server_stats', 'srvr'], run: serverStats },
  { names: ['stat_reset', 'srst'], run: reset(resetServerStats) },
  {
    names: ['stats', 'stat'],
    run: async (context) => ({
      ...(await serverStats(context)),
      connections: connections(context, true),
      secure_connections: [],
    }),
  },
  { names: ['voting_view'], run: (context) => ({ current_config: votingView(context) }) },
  {
    names: ['watch_summary', 'wchs'],
    run: ({ hub }) => {
      const { watcherCount, pathCount, count } = hub.watches.table;
      return { num_connections: watcherCount, num_paths: pathCount, num_total_watches: count };
    },
  },
  {
    names: ['watches', 'wchc'],
    run: ({ hub }) => ({
      session_id_to_watched_paths: new JsonRecord(watchesBySession(hub.watches.table.byWatcher())),
    }),
  },
  {
    names: ['watches_by_path', 'wchp'],
    run: ({ hub }) => ({ path_to_session_ids: new JsonRecord(watchesByPath(hub.watches.table.byPath())) }),
  },
  { names: ['zabstate'], always: true, run: zabState },
];

const commandByName = new Map(
  COMMANDS.flatMap((command) => command.names.map((name) => [name, command] as const)),
);

/** The command names that `/commands` lists. */
export const ZOOKEEPER_COMMANDS: readonly string[] = COMMANDS.map(({ names }) => names[0]);

/**
 * Runs a command by any of its names. Always returns an answer: its field `error` says what is wrong. As in ZooKeeper,
 * an unknown command is not an HTTP error.
 */
export async function runZookeeperCommand(name: string, context: MonitorContext): Promise<JsonRecord> {
  const command = commandByName.get(name);
  if (command === undefined) return answer({}, name, `Unknown command: ${name}`);
  if (command.always !== true && !context.replica.serving) return answer({}, name, NOT_SERVING);
  const fields = await command.run(context);
  if (!(fields instanceof JsonRecord) && typeof fields.error === 'string') {
    return answer({}, command.names[0], fields.error);
  }
  return answer(fields, command.names[0], null);
}

function answer(fields: Fields | JsonRecord, command: string, error: string | null): JsonRecord {
  return new JsonRecord(withCommand(fields, command, error));
}

function* withCommand(
  fields: Fields | JsonRecord,
  command: string,
  error: string | null,
): Generator<readonly [string | number, LazyJson]> {
  yield* fields instanceof JsonRecord ? fields.entries : Object.entries(fields);
  yield ['command', command];
  yield ['error', error];
}

function reset(counters: (context: MonitorContext) => void): ZookeeperCommand['run'] {
  return (context) => {
    counters(context);
    return {};
  };
}

function connections(context: MonitorContext, brief: boolean): JsonList {
  return new JsonList(connectionRecords(context, context.hub.connections, brief));
}

function* connectionRecords(
  context: MonitorContext,
  all: Iterable<ClientConnection>,
  brief: boolean,
): Generator<LazyJson> {
  for (const connection of all) {
    const timeoutMs = brief ? undefined : sessionTimeoutMs(context, connection.sessionId);
    yield connectionRecord(connection, brief, context.clock, timeoutMs);
  }
}

async function dirs(context: MonitorContext): Promise<Fields> {
  const { bytes } = await context.replica.storageUsage();
  return { datadir_size: bytes, logdir_size: bytes };
}

function dump(context: MonitorContext): Fields {
  return {
    expiry_time_to_session_ids: new JsonRecord(expiries(context)),
    session_id_to_ephemeral_paths: new JsonRecord(ephemerals(context)),
  };
}

/** When sessions expire. Only the leader knows this; elsewhere there are none. */
function* expiries({ replica }: MonitorContext): Generator<readonly [number, LazyJson]> {
  for (const { atMs, ids } of replica.desk?.sessionDeadlines() ?? []) yield [atMs, new JsonList(ids)];
}

function* ephemerals(context: MonitorContext): Generator<readonly [number, LazyJson]> {
  for (const [sessionId, paths] of sessionsWithEphemerals(context)) yield [sessionId, new JsonList(paths)];
}

function* digests(entries: Iterable<readonly [number, string]>): Generator<LazyJson> {
  for (const [zxid, digest] of entries) yield { zxid, digest };
}

function leader(context: MonitorContext): Fields {
  const { replica, config } = context;
  const { leader: leaderId } = replica.status;
  if (replica.size === 1) return { error: 'server is not initialized' };
  return {
    is_leader: leaderId === config.id,
    leader_id: leaderId ?? -1,
    leader_ip: membersOf(config).find(({ id }) => id === leaderId)?.host ?? '',
  };
}

async function monitor(context: MonitorContext): Promise<JsonRecord> {
  const values = await monitorValues(context);
  return new JsonRecord(
    [...values].map(([name, value]) => [name, value instanceof Mean ? value.value : value] as const),
  );
}

async function serverStats(context: MonitorContext): Promise<Fields> {
  const { hub, replica } = context;
  const { stats } = hub;
  const { bytes } = await context.replica.storageUsage();
  const { packetsReceived, packetsSent } = packetsOf(context);
  const answers = bufferStats(stats.answerBytes);
  const mode = modeOf(context);
  return {
    version: ZOOKEEPER_VERSION,
    read_only: false,
    server_stats: {
      packets_sent: packetsSent,
      packets_received: packetsReceived,
      client_response_stats: answers,
      provider_null: false,
      server_state: mode,
      outstanding_requests: stats.outstanding,
      min_latency: Math.floor(stats.latency.minMs),
      avg_latency: new Mean(stats.latency.meanMs).value,
      max_latency: Math.ceil(stats.latency.maxMs),
      data_dir_size: bytes,
      log_dir_size: bytes,
      last_processed_zxid: replica.tree.lastZxid,
      num_alive_client_connections: hub.connections.size,
      uptime: Math.round(context.nowMs() - context.startedMs),
      auth_failed_count: stats.authFailures,
    },
    client_response: answers,
    ...(mode === 'leader' && replica.desk !== undefined
      ? { proposal_stats: bufferStats(replica.desk.proposalBytes) }
      : {}),
    node_count: replica.tree.nodeCount,
  };
}

function bufferStats({ last, min, max }: SizeSummary): Fields {
  return { last_buffer_size: last, min_buffer_size: min, max_buffer_size: max };
}

function votingView(context: MonitorContext): JsonRecord {
  return new JsonRecord(
    membersOf(context.config).map(({ id, address }) => [
      id,
      {
        server_addresses: [address],
        election_addresses: [address],
        client_address: clientAddressOf(id, context),
        learner_type: 'participant',
      },
    ]),
  );
}

function* watchesBySession(
  all: Iterable<readonly [Watcher, Iterable<string>]>,
): Generator<readonly [number, LazyJson]> {
  for (const [{ sessionId }, paths] of all) yield [sessionId, new JsonList(paths)];
}

function* watchesByPath(
  all: Iterable<readonly [string, Iterable<Watcher>]>,
): Generator<readonly [string, LazyJson]> {
  for (const [path, watchers] of all) yield [path, new JsonList(sessionIds(watchers))];
}

function* sessionIds(watchers: Iterable<Watcher>): Generator<number> {
  for (const { sessionId } of watchers) yield sessionId;
}

function zabState(context: MonitorContext): Fields {
  const { config, replica } = context;
  const own = membersOf(config).find(({ id }) => id === config.id);
  if (own === undefined) return { voting: false, zabstate: '' };
  const { lastZxid } = replica.tree;
  const quorumAddress = {
    empty: false,
    all_addresses: [own.address],
    one: own.address,
    all_ports: [own.port],
    all_host_strings: [own.host],
  };
  return {
    myid: config.id,
    is_leader: replica.status.role === 'leading',
    quorum_address: quorumAddress,
    election_address: quorumAddress,
    client_address: clientAddress(context),
    voting: true,
    last_zxid: formatZxid(lastZxid),
    zab_epoch: epochOf(lastZxid),
    zab_counter: counterOf(lastZxid),
    zabstate: replica.status.phase,
  };
}

/** The client address of another server is known only if the configuration names it. */
function clientAddressOf(id: number, context: MonitorContext): string {
  const { config } = context;
  return id === config.id ? clientAddress(context) : (config.zookeeperAddresses?.[String(id)] ?? '');
}

function clientAddress({ config, zookeeperPort }: MonitorContext): string {
  return formatHostPort({ host: config.host, port: zookeeperPort() });
}
