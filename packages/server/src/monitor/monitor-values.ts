import { openFiles } from '../environment/open-files.ts';
import type { LatencySummary } from '../stats/latency-summary.ts';
import {
  ephemeralCount,
  type MonitorContext,
  modeOf,
  packetsOf,
  ZOOKEEPER_VERSION,
} from './monitor-context.ts';

/** A value with a fraction; the others are whole numbers or words. */
export class Mean {
  readonly value: number;

  /** Rounds to four digits after the point, as ZooKeeper does. */
  constructor(value: number) {
    this.value = Math.round(value * 10_000) / 10_000;
  }
}

export type MonitorValue = string | number | Mean;

/**
 * The values of `mntr` and `/commands/monitor`, under ZooKeeper's names. Values of ZooKeeper's queues and threads are
 * missing, because this server has none.
 */
export async function monitorValues(context: MonitorContext): Promise<Map<string, MonitorValue>> {
  const files = await openFiles();
  const { hub, replica } = context;
  const { stats } = hub;
  const { tree, status } = replica;
  const { packetsReceived, packetsSent } = packetsOf(context);
  const mode = modeOf(context);
  const nowMs = context.nowMs();
  const values = new Map<string, MonitorValue>([
    ['version', ZOOKEEPER_VERSION],
    ['server_state', mode],
  ]);
  if (mode !== 'standalone') {
    values.set('peer_state', `${mode === 'leader' ? 'leading' : 'following'} - ${status.phase}`);
  }
  values.set('ephemerals_count', ephemeralCount(context));
  values.set('num_alive_connections', hub.connections.size);
  values.set('avg_latency', new Mean(stats.latency.meanMs));
  values.set('outstanding_requests', stats.outstanding);
  values.set('znode_count', tree.nodeCount);
  values.set('global_sessions', tree.sessionCount);
  values.set('local_sessions', 0);
  values.set('last_client_response_size', stats.answerBytes.last);
  values.set('min_client_response_size', stats.answerBytes.min);
  values.set('max_client_response_size', stats.answerBytes.max);
  values.set('packets_sent', packetsSent);
  values.set('packets_received', packetsReceived);
  values.set('bytes_received_count', stats.bytesReceived);
  values.set('watch_count', hub.watches.table.count);
  values.set('auth_failed_count', stats.authFailures);
  values.set('min_latency', Math.floor(stats.latency.minMs));
  values.set('max_latency', Math.ceil(stats.latency.maxMs));
  values.set('approximate_data_size', tree.dataBytes);
  if (files !== undefined) {
    values.set('open_file_descriptor_count', files.open);
    values.set('max_file_descriptor_count', files.max);
  }
  values.set('uptime', Math.round(nowMs - context.startedMs));
  values.set('connection_request_count', stats.connectionsAccepted);
  values.set('connection_rejected', stats.connectionsRefused);
  values.set('looking_count', replica.timesLooking);
  values.set('stale_sessions_expired', replica.sessionsExpired);
  if (mode !== 'standalone') values.set('quorum_size', replica.size);
  const { desk } = replica;
  values.set('proposal_count', desk?.proposals ?? 0);
  if (mode === 'leader') {
    const synced = status.followers.filter(({ phase }) => phase === 'broadcast').length;
    values.set('learners', status.followers.length);
    values.set('synced_followers', synced);
    values.set('synced_observers', 0);
    values.set('synced_non_voting_followers', 0);
  }
  if (mode === 'leader' && desk !== undefined) {
    values.set('pending_syncs', desk.pendingSyncs);
    values.set('leader_uptime', Math.round(nowMs - desk.sinceMs));
    values.set('last_proposal_size', desk.proposalBytes.last);
    values.set('min_proposal_size', desk.proposalBytes.min);
    values.set('max_proposal_size', desk.proposalBytes.max);
  }
  addLatency(values, 'readlatency', stats.readLatency);
  addLatency(values, 'updatelatency', stats.writeLatency);
  return values;
}

function addLatency(values: Map<string, MonitorValue>, name: string, latency: LatencySummary): void {
  values.set(`avg_${name}`, new Mean(latency.meanMs));
  values.set(`min_${name}`, Math.floor(latency.minMs));
  values.set(`max_${name}`, Math.ceil(latency.maxMs));
  values.set(`cnt_${name}`, latency.count);
  values.set(`sum_${name}`, Math.round(latency.sumMs));
}
