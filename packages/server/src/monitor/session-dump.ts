import type { ClientConnection } from '../clients/client-connection.ts';
import { hostOf } from './connection-info.ts';
import { javaDate, javaSocketAddress } from './java-text.ts';
import { type MonitorContext, sessionsWithEphemerals, sessionTimeoutMs } from './monitor-context.ts';

/**
 * The answer to `dump`, in ZooKeeper's format. A leader lists when sessions expire, a follower only their timeouts. The
 * text is generated while it is sent, so it may or may not show changes made meanwhile.
 */
export function* dumpText(context: MonitorContext): Generator<string> {
  yield 'SessionTracker dump:\n';
  yield* sessions(context);
  yield 'ephemeral nodes dump:\n';
  yield* ephemerals(context);
  yield 'Connections dump:\n';
  yield* sets('Connections', connectionExpiries(context), connectionText, context);
}

function* sessions(context: MonitorContext): Generator<string> {
  const { tree, desk } = context.replica;
  if (desk !== undefined) {
    yield* sets('Session', desk.sessionDeadlines(), (id) => hex(id), context);
    return;
  }
  yield `Global Sessions(${tree.sessionCount}):\n`;
  for (const { id, timeoutMs } of tree.sessions()) yield `${hex(id)}\t${timeoutMs}ms\n`;
}

function* ephemerals(context: MonitorContext): Generator<string> {
  let count = 0;
  for (const _ of sessionsWithEphemerals(context)) count++;
  yield `Sessions with Ephemerals (${count}):\n`;
  for (const [sessionId, paths] of sessionsWithEphemerals(context)) {
    yield `${hex(sessionId)}:\n`;
    for (const path of paths) yield `\t${path}\n`;
  }
}

/** Things that end at the same time, by the monotonic clock. */
interface Expiry<T> {
  readonly atMs: number;
  readonly ids: ReadonlySet<T>;
}

/** A connection ends with its session, or with the time it has for its handshake. */
function connectionExpiries(context: MonitorContext): Expiry<ClientConnection>[] {
  const bySecond = new Map<number, Set<ClientConnection>>();
  for (const connection of context.hub.connections) {
    const { stats, sessionId, connectedMs } = connection;
    const timeoutMs = sessionTimeoutMs(context, sessionId) ?? context.config.handshakeTimeoutMs;
    const second = Math.ceil((Math.max(connectedMs, stats.aliveMs) + timeoutMs) / 1_000);
    const set = bySecond.get(second);
    if (set === undefined) bySecond.set(second, new Set([connection]));
    else set.add(connection);
  }
  return [...bySecond].sort(([a], [b]) => a - b).map(([second, ids]) => ({ atMs: second * 1_000, ids }));
}

function connectionText({ stream, sessionId }: ClientConnection): string {
  return `ip: ${javaSocketAddress(hostOf(stream), stream.remotePort ?? 0)} sessionId: ${hex(sessionId)}`;
}

/** Groups the entries that end within the same second. `expiries` must be in order. */
function* sets<T>(
  name: string,
  expiries: Iterable<Expiry<T>>,
  textOf: (id: T) => string,
  { clock }: MonitorContext,
): Generator<string> {
  const toWallMs = clock.wallMs() - clock.monotonicMs();
  const bySecond = new Map<number, ReadonlySet<T>[]>();
  let total = 0;
  for (const { atMs, ids } of expiries) {
    total += ids.size;
    const second = Math.ceil((atMs + toWallMs) / 1_000);
    const group = bySecond.get(second);
    if (group === undefined) bySecond.set(second, [ids]);
    else group.push(ids);
  }
  yield `${name} Sets (${bySecond.size})/(${total}):\n`;
  for (const [second, group] of bySecond) {
    const count = group.reduce((sum, ids) => sum + ids.size, 0);
    yield `${count} expire at ${javaDate(second * 1_000)}:\n`;
    for (const ids of group) for (const id of ids) yield `\t${textOf(id)}\n`;
  }
}

function hex(id: number): string {
  return `0x${id.toString(16)}`;
}
