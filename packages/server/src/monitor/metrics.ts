import { OpCode } from '@conclave/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ClientHub } from '../clients/client-hub.ts';
import type { Replica } from '../replica/replica.ts';

/**
 * The server's Prometheus metrics. They keep no counters of their own: each scrape reads every figure where the server
 * keeps it anyway. So metrics cost the request path nothing.
 */
export function serverMetrics(hub: ClientHub, replica: Replica): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'conclave_' });
  const gauge = (name: string, help: string, value: () => number): void => {
    const metric = new Gauge({
      name: `conclave_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });
    void metric;
  };
  const { stats } = hub;
  gauge('serving', '1 while this server answers requests that need a leader', () =>
    replica.serving ? 1 : 0,
  );
  gauge('leading', '1 while this server is the leader', () => (replica.status.role === 'leading' ? 1 : 0));
  gauge('epoch', 'Current epoch of this server', () => replica.status.epoch);
  gauge('zxid', 'Zxid of the last transaction applied', () => replica.tree.lastZxid);
  gauge('zxid_logged', 'Zxid of the last transaction logged', () => replica.status.lastLogged);
  gauge('zxid_checkpoint', 'Zxid of the durable checkpoint', () => replica.durableCheckpoint);
  gauge(
    'proposals_outstanding',
    'Transactions logged but not committed yet',
    () => replica.status.outstanding,
  );
  gauge(
    'followers',
    'Followers of this server while it is the leader',
    () => replica.status.followers.length,
  );
  gauge('storage_failed', '1 while the log cannot be written', () => (replica.failure === undefined ? 0 : 1));
  gauge('sessions', 'Sessions in the ensemble', () => replica.tree.sessionCount);
  gauge('connections', 'Client connections to this server', () => hub.connections.size);
  gauge('znodes', 'Znodes in the tree', () => replica.tree.nodeCount);
  gauge('data_bytes', 'Approximate memory for paths and data, in bytes', () => replica.tree.dataBytes);
  gauge('watches', 'Watches set by clients of this server', () => hub.watches.table.count);
  gauge(
    'event_history_changes',
    'Changes kept for the persistent watches of clients that reconnect',
    () => hub.watches.history.changeCount,
  );
  gauge('requests_outstanding', 'Requests not answered yet', () => stats.outstanding);
  gauge(
    'request_latency_max_ms',
    'Longest time from the arrival of a request to its answer, in milliseconds',
    () => stats.latency.maxMs,
  );
  counter(
    registry,
    'request_latency_ms_sum',
    'Total time from the arrival of requests to their answers, in milliseconds',
    () => stats.latency.sumMs,
  );
  counter(registry, 'request_latency_ms_count', 'Requests answered', () => stats.latency.count);
  counter(registry, 'watches_fired_total', 'Watch events sent', () => stats.watchesFired);
  counter(registry, 'received_bytes_total', 'Bytes received from clients', () => stats.bytesReceived);
  counter(registry, 'connections_total', 'Client connections accepted', () => stats.connectionsAccepted);
  counter(
    registry,
    'watch_gaps_total',
    'Reconnecting clients whose missed changes were no longer in the history',
    () => stats.watchGaps,
  );
  counter(
    registry,
    'connections_refused_total',
    'Client connections refused because a limit was reached',
    () => stats.connectionsRefused,
  );
  counter(
    registry,
    'bad_inputs_total',
    'Requests and frames that violate the protocol',
    () => stats.badInputs,
  );
  counter(
    registry,
    'auth_failures_total',
    'Credentials refused, and credentials of an unknown scheme',
    () => stats.authFailures,
  );
  counter(
    registry,
    'sessions_expired_total',
    'Sessions that this server has expired as the leader',
    () => replica.sessionsExpired,
  );
  counter(registry, 'elections_total', 'Elections this server has started', () => replica.timesLooking);
  const requests = new Counter({
    name: 'conclave_requests_total',
    help: 'Requests by operation',
    labelNames: ['operation'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [opcode, count] of stats.requests) this.inc({ operation: operationName(opcode) }, count);
    },
  });
  void requests;
  return registry;
}

function counter(registry: Registry, name: string, help: string, value: () => number): void {
  const metric = new Counter({
    name: `conclave_${name}`,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
  void metric;
}

const nameByOpcode = new Map<number, string>(Object.entries(OpCode).map(([name, opcode]) => [opcode, name]));

function operationName(opcode: number): string {
  return nameByOpcode.get(opcode) ?? 'unknown';
}
