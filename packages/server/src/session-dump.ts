import { hostOf } from './connection-info.ts';
import { javaDate, javaSocketAddress } from './java-text.ts';
import { type MonitorContext, sessionsWithEphemerals, sessionTimeoutMs } from './monitor-context.ts';

/** `dump`, by ZooKeeper's format: a leader tells when sessions expire, a follower only how long they may be silent. */
export function* dumpText(context: MonitorContext): Generator<string> {
  yield 'SessionTracker dump:\n';
  yield* sessions(context);
  yield 'ephemeral nodes dump:\n';
  yield* ephemerals(context);
  yield 'Connections dump:\n';
  yield* connections(context);
}

function* sessions(context: MonitorContext): Generator<string> {
  const { tree, desk } = context.replica;
  if (desk === undefined) {
    yield `Global Sessions(${tree.sessionCount}):\n`;
    for (const { id, timeoutMs } of tree.sessions()) yield `0x${id.toString(16)}\t${timeoutMs}ms\n`;
    return;
  }
  const expiries: Expiry[] = [];
  for (const { atMs, ids } of desk.sessionDeadlines()) {
    for (const id of ids) expiries.push({ atMs, text: `0x${id.toString(16)}` });
  }
  yield* sets('Session', expiries, context);
}

function* ephemerals(context: MonitorContext): Generator<string> {
  let count = 0;
  for (const _ of sessionsWithEphemerals(context)) count++;
  yield `Sessions with Ephemerals (${count}):\n`;
  for (const [sessionId, paths] of sessionsWithEphemerals(context)) {
    yield `0x${sessionId.toString(16)}:\n`;
    for (const path of paths) yield `\t${path}\n`;
  }
}

/** A connection ends with its session, or with the time it has for its handshake. */
function* connections(context: MonitorContext): Generator<string> {
  const expiries: Expiry[] = [];
  for (const { stream, stats, sessionId, connectedMs } of context.hub.connections) {
    const timeoutMs = sessionTimeoutMs(context, sessionId) ?? context.config.handshakeTimeoutMs;
    expiries.push({
      atMs: Math.max(connectedMs, stats.aliveMs) + timeoutMs,
      text: `ip: ${javaSocketAddress(hostOf(stream), stream.remotePort ?? 0)} sessionId: 0x${sessionId.toString(16)}`,
    });
  }
  expiries.sort((a, b) => a.atMs - b.atMs);
  yield* sets('Connections', expiries, context);
}

interface Expiry {
  /** By the monotonic clock. */
  readonly atMs: number;
  readonly text: string;
}

/** Groups what ends within the same second; `expiries` are in order. */
function* sets(name: string, expiries: readonly Expiry[], { clock }: MonitorContext): Generator<string> {
  const toWallMs = clock.wallMs() - clock.monotonicMs();
  const groups = new Map<number, Expiry[]>();
  for (const expiry of expiries) {
    const second = Math.ceil((expiry.atMs + toWallMs) / 1_000);
    const group = groups.get(second);
    if (group === undefined) groups.set(second, [expiry]);
    else group.push(expiry);
  }
  yield `${name} Sets (${groups.size})/(${expiries.length}):\n`;
  for (const [second, group] of groups) {
    yield `${group.length} expire at ${javaDate(second * 1_000)}:\n`;
    for (const { text } of group) yield `\t${text}\n`;
  }
}
