import { formatZxid, unreachable } from '@conclave/protocol';
import type { FourLetterWord } from '../config/four-letter-words.ts';
import { configurationLines } from './configuration-report.ts';
import { connectionLine } from './connection-info.ts';
import { hostEnvironment } from './host-environment.ts';
import { javaDouble } from './java-text.ts';
import {
  type MonitorContext,
  modeOf,
  NOT_SERVING,
  packetsOf,
  resetConnectionStats,
  resetServerStats,
  sessionTimeoutMs,
  ZOOKEEPER_VERSION,
} from './monitor-context.ts';
import { Mean, monitorValues } from './monitor-values.ts';
import { dumpText } from './session-dump.ts';

/** ZooKeeper's answer to a word that is not allowed. */
export function refusalOf(word: FourLetterWord): string {
  return `${word} is not executed because it is not in the whitelist.\n`;
}

/** ZooKeeper's text answers, which monitoring tools parse. Long ones are generated while they are sent. */
export async function answerFourLetterWord(
  word: FourLetterWord,
  context: MonitorContext,
): Promise<Iterable<string>> {
  switch (word) {
    case 'ruok':
      return ['imok'];
    case 'gtmk':
      // Nothing is traced.
      return ['0'];
    case 'envi':
      return ['Environment:\n', ...[...hostEnvironment()].map(([key, value]) => `${key}=${value}\n`)];
    case 'isro':
      return [context.replica.serving ? 'rw' : 'null'];
    default:
      return context.replica.serving ? answerServing(word, context) : [`${NOT_SERVING}\n`];
  }
}

async function answerServing(
  word: Exclude<FourLetterWord, 'ruok' | 'gtmk' | 'envi' | 'isro'>,
  context: MonitorContext,
): Promise<Iterable<string>> {
  switch (word) {
    case 'srvr':
      return [version(), ...summary(context)];
    case 'stat':
      return stat(context);
    case 'cons':
      return connections(context);
    case 'crst':
      resetConnectionStats(context);
      return ['Connection stats reset.\n'];
    case 'srst':
      resetServerStats(context);
      return ['Server stats reset.\n'];
    case 'conf':
      return configurationLines(context, (await context.replica.storageUsage()).bytes);
    case 'dirs': {
      const { bytes } = await context.replica.storageUsage();
      return [`datadir_size: ${bytes}\nlogdir_size: ${bytes}\n`];
    }
    case 'mntr':
      return monitor(context);
    case 'dump':
      return dumpText(context);
    case 'hash':
      return digests(context);
    case 'wchs': {
      const watches = context.hub.watches.table;
      return [
        `${watches.watcherCount} connections watching ${watches.pathCount} paths\n`,
        `Total watches:${watches.count}\n`,
      ];
    }
    case 'wchc':
      return watchesBySession(context);
    case 'wchp':
      return watchesByPath(context);
    default:
      return unreachable(word);
  }
}

function version(): string {
  return `Zookeeper version: ${ZOOKEEPER_VERSION}\n`;
}

function summary(context: MonitorContext): string[] {
  const { hub, replica } = context;
  const { latency, outstanding } = hub.stats;
  const { packetsReceived, packetsSent } = packetsOf(context);
  const { desk } = replica;
  const mode = modeOf(context);
  const lines = [
    `Latency min/avg/max: ${Math.floor(latency.minMs)}/${javaDouble(new Mean(latency.meanMs).value)}/${Math.ceil(latency.maxMs)}\n`,
    `Received: ${packetsReceived}\n`,
    `Sent: ${packetsSent}\n`,
    `Connections: ${hub.connections.size}\n`,
    `Outstanding: ${outstanding}\n`,
    `Zxid: ${formatZxid(replica.tree.lastZxid)}\n`,
    `Mode: ${mode}\n`,
    `Node count: ${replica.tree.nodeCount}\n`,
  ];
  if (mode === 'leader' && desk !== undefined) {
    const { last, min, max } = desk.proposalBytes;
    lines.push(`Proposal sizes last/min/max: ${last}/${min}/${max}\n`);
  }
  return lines;
}

function* stat(context: MonitorContext): Generator<string> {
  yield version();
  yield 'Clients:\n';
  for (const connection of context.hub.connections) {
    yield `${connectionLine(connection, true, context.clock, undefined)}\n`;
  }
  yield '\n';
  yield* summary(context);
}

function* connections(context: MonitorContext): Generator<string> {
  for (const connection of context.hub.connections) {
    const timeoutMs = sessionTimeoutMs(context, connection.sessionId);
    yield `${connectionLine(connection, false, context.clock, timeoutMs)}\n`;
  }
  yield '\n';
}

async function monitor(context: MonitorContext): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, value] of await monitorValues(context)) {
    lines.push(`zk_${name}\t${value instanceof Mean ? javaDouble(value.value) : value}\n`);
  }
  return lines;
}

function* digests({ replica }: MonitorContext): Generator<string> {
  for (const [zxid, digest] of replica.digests.entries()) {
    yield `${zxid.toString(16)}: ${signedLong(digest)}\n`;
  }
}

/** Sixteen hexadecimal digits as Java prints them: as a signed decimal number. */
function signedLong(hex: string): string {
  return BigInt.asIntN(64, BigInt(`0x${hex}`)).toString();
}

function* watchesBySession({ hub }: MonitorContext): Generator<string> {
  for (const [connection, paths] of hub.watches.table.byWatcher()) {
    yield `0x${connection.sessionId.toString(16)}\n`;
    for (const path of paths) yield `\t${path}\n`;
  }
  yield '\n';
}

function* watchesByPath({ hub }: MonitorContext): Generator<string> {
  for (const [path, watchers] of hub.watches.table.byPath()) {
    yield `${path}\n`;
    for (const connection of watchers) yield `\t0x${connection.sessionId.toString(16)}\n`;
  }
  yield '\n';
}
