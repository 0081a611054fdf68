import { OpCode } from '@conclave/protocol';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ClientHub } from '../clients/client-hub.ts';
import type { Replica } from '../replica/replica.ts';

/**
 * The server's Prometheus metrics. Nothing is counted twice for them: every figure is read from where it
 * stands when a scrape asks, so that they cost the request path nothing.
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
  gauge('leading', '1 while this server leads', () => (replica.status.role === 'leading' ? 1 : 0));
  gauge('epoch', 'The epoch this server is in', () => replica.status.epoch);
  gauge('zxid', 'The last transaction applied', () => replica.tree.lastZxid);
  gauge('zxid_logged', 'The last transaction logged', () => replica.status.lastLogged);
  gauge('zxid_checkpoint', 'The transaction of the durable checkpoint', () => replica.durableCheckpoint);
  gauge('proposals_outstanding', 'Transactions logged and not committed', () => replica.status.outstanding);
  gauge('followers', 'Servers that follow this leader', () => replica.status.followers.length);
  gauge('storage_failed', '1 while the log cannot be written', () => (replica.failure === undefined ? 0 : 1));
  gauge('sessions', 'Sessions of the ensemble', () => replica.tree.sessionCount);
  gauge('connections', 'Client connections of this server', () => hub.connections.size);
  gauge('znodes', 'Znodes', () => replica.tree.nodeCount);
  gauge('data_bytes', 'Bytes of paths and data in memory, approximately', () => replica.tree.dataBytes);
  gauge('watches', 'Watches set by clients of this server', () => hub.watchCount);
  gauge(
    'event_history_changes',
    'Changes kept for persistent watches whose clients come back',
    () => hub.watches.history.changeCount,
  );
  gauge('requests_outstanding', 'Requests not answered yet', () => stats.outstanding);
  gauge('request_latency_max_ms', 'Longest time from arrival to answer', () => stats.latency.maxMs);
  counter(
    registry,
    'request_latency_ms_sum',
    'Milliseconds from arrival to answer, summed',
    () => stats.latency.sumMs,
  );
  counter(registry, 'request_latency_ms_count', 'Requests answered', () => stats.latency.count);
  counter(registry, 'watches_fired_total', 'Watch events sent', () => stats.watchesFired);
  counter(registry, 'received_bytes_total', 'Bytes received from clients', () => stats.bytesReceived);
  counter(registry, 'connections_total', 'Connections let in', () => stats.connectionsAccepted);
  counter(
    registry,
    'watch_gaps_total',
    'Returning clients of which the kept changes did not reach back far enough',
    () => stats.watchGaps,
  );
  counter(
    registry,
    'connections_refused_total',
    'Connections beyond a limit',
    () => stats.connectionsRefused,
  );
  counter(
    registry,
    'bad_inputs_total',
    'Requests or frames that were not what the protocol allows',
    () => stats.badInputs,
  );
  counter(
    registry,
    'auth_failures_total',
    'Credentials refused, and schemes that are not known',
    () => stats.authFailures,
  );
  counter(
    registry,
    'sessions_expired_total',
    'Sessions that this server, leading, has closed since nothing was heard of them',
    () => replica.sessionsExpired,
  );
  counter(
    registry,
    'elections_total',
    'How often this server has begun to look for a leader',
    () => replica.timesLooking,
  );
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
