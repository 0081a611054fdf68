import { formatHostPort } from '@conclave/protocol';
import type { ClientConnection } from '../clients/client-connection.ts';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Clock } from '../environment/environment.ts';
import { remoteAddress } from '../environment/remote-address.ts';
import { javaSocketAddress } from './java-text.ts';
import { operationWord } from './operation-words.ts';

/** One line of `cons`, or of `stat` if `brief`, in ZooKeeper's format. */
export function connectionLine(
  connection: ClientConnection,
  brief: boolean,
  clock: Clock,
  sessionTimeoutMs: number | undefined,
): string {
  const { stream, stats, sessionId } = connection;
  const { packetsReceived, packetsSent } = stats.packets(connection.packetsReceived, connection.packetsSent);
  const address = javaSocketAddress(hostOf(stream), stream.remotePort ?? 0);
  const head = ` ${address}[${interestOps(connection).toString(16)}](queued=${connection.outstanding},recved=${packetsReceived},sent=${packetsSent}`;
  if (brief || sessionId === 0) return `${head})`;
  const fields = [
    `sid=0x${sessionId.toString(16)}`,
    `lop=${operationWord(stats.lastOpcode)}`,
    `est=${establishedMs(connection, clock)}`,
    `to=${sessionTimeoutMs ?? 0}`,
    ...(stats.lastXid >= 0 ? [`lcxid=0x${stats.lastXid.toString(16)}`] : []),
    `lzxid=0x${stats.lastZxid < 0 ? 'ffffffffffffffff' : stats.lastZxid.toString(16)}`,
    `lresp=${Math.round(stats.lastAnswerMs)}`,
    `llat=${Math.round(stats.lastLatencyMs)}`,
    `minlat=${Math.round(stats.latency.minMs)}`,
    `avglat=${Math.round(stats.latency.meanMs)}`,
    `maxlat=${Math.round(stats.latency.maxMs)}`,
  ];
  return `${head},${fields.join(',')})`;
}

/** The same as the fields of an admin command. */
export function connectionRecord(
  connection: ClientConnection,
  brief: boolean,
  clock: Clock,
  sessionTimeoutMs: number | undefined,
): Readonly<Record<string, string | number>> {
  const { stream, stats } = connection;
  const { packetsReceived, packetsSent } = stats.packets(connection.packetsReceived, connection.packetsSent);
  const head = {
    remote_socket_address: formatHostPort({ host: hostOf(stream), port: stream.remotePort ?? 0 }),
    interest_ops: interestOps(connection),
    outstanding_requests: connection.outstanding,
    packets_received: packetsReceived,
    packets_sent: packetsSent,
  };
  if (brief) return head;
  return {
    ...head,
    session_id: connection.sessionId,
    last_operation: operationWord(stats.lastOpcode),
    established: establishedMs(connection, clock),
    session_timeout: sessionTimeoutMs ?? 0,
    last_cxid: stats.lastXid,
    last_zxid: stats.lastZxid,
    last_response_time: Math.round(stats.lastAnswerMs),
    last_latency: Math.round(stats.lastLatencyMs),
    min_latency: Math.round(stats.latency.minMs),
    avg_latency: Math.round(stats.latency.meanMs),
    max_latency: Math.round(stats.latency.maxMs),
  };
}

/** A client's address for people to read: normalised if it is an IP address. */
export function hostOf(stream: ByteStream): string {
  return remoteAddress(stream.remoteAddress) ?? stream.remoteAddress;
}

/**
 * The events that ZooKeeper's selector would wait for: 1 to read, and 4 to write answers that the client left unread.
 */
function interestOps(connection: ClientConnection): number {
  const reads = connection.throttle.isPaused || connection.phase === 'probe' ? 0 : 1;
  return connection.stream.bufferedBytes > 0 ? reads + 4 : reads;
}

function establishedMs(connection: ClientConnection, clock: Clock): number {
  return Math.round(clock.wallMs() - (clock.monotonicMs() - connection.connectedMs));
}
