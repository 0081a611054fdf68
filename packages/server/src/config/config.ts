import { z } from 'zod';
import { FOUR_LETTER_WORDS, isFourLetterWord } from './four-letter-words.ts';

const port = z.int().min(0).max(65_535);
const isWordList = (list: string): boolean =>
  list.split(',').every((word) => ['', '*'].includes(word.trim()) || isFourLetterWord(word.trim()));
const milliseconds = (least: number, most: number) => z.int().min(least).max(most);

/**
 * Everything a server can be told, from a file, the environment and flags. The text of each field is what
 * `conclaved --help` and the reference print.
 */
export const configSchema = z
  .strictObject({
    id: z.int().min(1).max(254).default(1).describe("this server's number in the ensemble"),
    ensemble: z
      .string()
      .min(1)
      .max(64)
      .default('conclave')
      .describe('name of the ensemble; servers of another name are refused'),
    dataDir: z.string().min(1).default('./conclave-data').describe('directory of the log and the checkpoint'),
    host: z.string().min(1).default('127.0.0.1').describe('address that the doors listen on'),
    webHost: z.string().min(1).optional().describe('address that webPort is on; default: host'),
    webPort: port.default(7400).describe('port of WebSocket clients and the admin API; 0 picks one'),
    zookeeperPort: port.default(2181).describe("port of ZooKeeper's protocol; 0 picks one"),
    adminHost: z.string().min(1).optional().describe('address that adminPort is on; default: host'),
    adminPort: port.optional().describe('a port for the admin API alone, beside webPort; 0 picks one'),
    commandsPath: z
      .string()
      .regex(/^(\/[\w.~-]+)*$/, 'expected a path without an end slash, or nothing')
      .default('/commands')
      .describe("path of ZooKeeper's admin commands in the admin API; empty: none"),
    fourLetterWords: z
      .string()
      .refine(isWordList, `expected words among ${FOUR_LETTER_WORDS.join(', ')}, by commas, or *`)
      .default('srvr,ruok')
      .describe('four-letter words that are answered, by commas; * for all; srvr always is'),
    peerHost: z
      .string()
      .min(1)
      .optional()
      .describe('address that peers are awaited on; default: as in members'),
    members: z
      .record(
        z.string().regex(/^[0-9]+$/, 'expected a server number'),
        z.string().regex(/^.+:[0-9]+$/, 'expected host:port'),
      )
      .default({})
      .describe('all servers, id=host:peerPort; empty: a single server'),
    zookeeperAddresses: z
      .record(
        z.string().regex(/^[0-9]+$/, 'expected a server number'),
        z.string().regex(/^.+:[0-9]+$/, 'expected host:port'),
      )
      .optional()
      .describe("the servers' ZooKeeper ports, as /zookeeper/config tells them; in a file only"),
    superDigest: z
      .string()
      .regex(/^[^:]+:[A-Za-z0-9+/]{27}=$/, 'expected user:base64(sha1(user:password))')
      .optional()
      .describe('digest of the super user, whom no ACL stops; default: there is none'),
    enforceQuota: z.boolean().default(true).describe('whether hard quotas refuse writes'),
    containerGraceMs: milliseconds(0, 2 ** 31)
      .default(10_000)
      .describe('time a container stays after its last child went'),
    containerNeverUsedMs: milliseconds(0, 2 ** 31)
      .default(300_000)
      .describe('time a container stays that never had a child; 0 for always'),
    tickMs: milliseconds(5, 10_000).default(25).describe('the unit of the heartbeats between servers'),
    suspicionTicks: z
      .int()
      .min(3)
      .max(1_000)
      .default(14)
      .describe('ticks of silence after which a server is given up'),
    sessionTimeoutMinMs: milliseconds(100, 3_600_000)
      .default(1_000)
      .describe('shortest session timeout a client gets'),
    sessionTimeoutMaxMs: milliseconds(100, 3_600_000)
      .default(120_000)
      .describe('longest session timeout a client gets'),
    frameBytesMax: z
      .int()
      .min(16 * 1024)
      .max(15 * 1024 * 1024)
      .default(1024 * 1024 + 16 * 1024)
      .describe('longest request or answer of a native session, in bytes'),
    zookeeperFrameBytesMax: z
      .int()
      .min(4 * 1024)
      .max(15 * 1024 * 1024)
      .default(1024 * 1024 - 1)
      .describe('the same of a ZooKeeper session: jute.maxbuffer'),
    connectionsMax: z.int().min(1).max(1_000_000).default(10_000).describe('client connections, in all'),
    connectionsPerAddressMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(1_000)
      .describe('client connections from one address'),
    zookeeperConnectionsPerAddressMax: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(60)
      .describe("the same to ZooKeeper's port: maxClientCnxns; 0 for no limit"),
    outstandingPerConnectionMax: z
      .int()
      .min(1)
      .max(100_000)
      .default(1_000)
      .describe('unanswered requests of one connection; beyond it the connection is not read'),
    // One batch may hold all of them, and the broadcast takes half a million at most.
    outstandingMax: z
      .int()
      .min(1)
      .max(500_000)
      .default(1_000)
      .describe('requests that wait for the ensemble; beyond it one of each connection is taken'),
    largeRequestBytes: z
      .int()
      .min(1024)
      .max(15 * 1024 * 1024)
      .default(16 * 1024)
      .describe('a longer request is a large one, in bytes'),
    largeRequestsBytesMax: z
      .int()
      .min(64 * 1024)
      .max(2 ** 40)
      .default(64 * 1024 * 1024)
      .describe('large requests that are being received, in bytes; others wait'),
    watchesPerConnectionMax: z
      .int()
      .min(1)
      .max(100_000_000)
      .default(100_000)
      .describe('watches of one connection'),
    watchBytesPerConnectionMax: z
      .int()
      .min(1024)
      .max(2 ** 40)
      .default(32 * 1024 * 1024)
      .describe('memory their paths may take, about, in bytes'),
    eventHistoryMax: z
      .int()
      .min(0)
      .max(100_000_000)
      .default(100_000)
      .describe('changes kept for persistent watches whose clients come back'),
    eventHistoryBytesMax: z
      .int()
      .min(0)
      .max(2 ** 40)
      .default(32 * 1024 * 1024)
      .describe('memory they may take, about, in bytes'),
    handshakeTimeoutMs: milliseconds(100, 600_000)
      .default(10_000)
      .describe('time a new connection has for its handshake'),
    checkpointTxns: z
      .int()
      .min(100)
      .max(100_000_000)
      .default(100_000)
      .describe('transactions between checkpoints'),
    checkpointBytes: z
      .int()
      .min(64 * 1024)
      .max(2 ** 40)
      .default(64 * 1024 * 1024)
      .describe('log bytes between checkpoints'),
    reserveBytes: z
      .int()
      .min(4096)
      .max(2 ** 40)
      .default(16 * 1024 * 1024)
      .describe('file kept to be given up when the disk is full'),
    logLevel: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('least level that is logged'),
  })
  .superRefine((config, context) => {
    const complain = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (config.sessionTimeoutMinMs > config.sessionTimeoutMaxMs) {
      complain('sessionTimeoutMinMs', `expected at most sessionTimeoutMaxMs (${config.sessionTimeoutMaxMs})`);
    }
    const ids = Object.keys(config.members).map(Number);
    for (const id of ids) {
      if (id < 1 || id > 254) complain('members', `server number ${id}: expected 1 to 254`);
    }
    if (ids.length > 0 && !ids.includes(config.id)) {
      complain('members', `expected server ${config.id} (this one) to be among them`);
    }
  });

export type Config = z.infer<typeof configSchema>;
export type ConfigKey = keyof Config;

/** A configuration that cannot be used. `problems` names each field and what was expected, with a suggestion. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BAD_CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** One place that settings come from, the strongest last: file, environment, flags. */
export interface ConfigSource {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Merges the sources in order and checks the result. Throws `ConfigError`.
 */
export function resolveConfig(sources: readonly ConfigSource[]): Config {
  const merged: Record<string, unknown> = {};
  const origins = new Map<string, string>();
  for (const source of sources) {
    for (const [key, value] of Object.entries(source.values)) {
      if (value === undefined) continue;
      merged[key] = value;
      origins.set(key, source.name);
    }
  }
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map(
          (key) => `${key} (from ${origins.get(key) ?? 'unknown'}): no such setting${suggestion(key)}`,
        );
      }
      const key = String(issue.path[0] ?? '');
      const where = origins.get(key) ?? 'default';
      const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
      return [`${issue.path.join('.')} (from ${where}): ${message ?? issue.message}`];
    }),
  );
}

export const configKeys = Object.keys(configSchema.shape) as ConfigKey[];

function suggestion(key: string): string {
  const wanted = key.toLowerCase();
  let best: { key: string; distance: number } | undefined;
  for (const known of configKeys) {
    const distance = editDistance(wanted, known.toLowerCase());
    if (best === undefined || distance < best.distance) best = { key: known, distance };
  }
  return best !== undefined && best.distance <= Math.max(2, key.length / 3)
    ? `; did you mean ${best.key}?`
    : '';
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
