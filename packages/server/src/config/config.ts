import { distance as editDistance } from 'fastest-levenshtein';
import { z } from 'zod';
import { FOUR_LETTER_WORDS, isFourLetterWord } from './four-letter-words.ts';

const port = z.int().min(0).max(65_535);
const isWordList = (list: string): boolean =>
  list.split(',').every((word) => ['', '*'].includes(word.trim()) || isFourLetterWord(word.trim()));
const milliseconds = (least: number, most: number) => z.int().min(least).max(most);

/**
 * All settings of a server. They come from a file, the environment and flags. `conclaved --help` and the reference
 * print the description of each field.
 */
export const configSchema = z
  .strictObject({
    id: z.int().min(1).max(254).default(1).describe("this server's number in the ensemble"),
    ensemble: z
      .string()
      .min(1)
      .max(64)
      .default('conclave')
      .describe('name of the ensemble; servers of another ensemble are refused'),
    dataDir: z
      .string()
      .min(1)
      .default('./conclave-data')
      .describe('directory for the log and the checkpoint'),
    host: z.string().min(1).default('127.0.0.1').describe('address that webPort and zookeeperPort listen on'),
    webHost: z.string().min(1).optional().describe('address that webPort listens on; default: host'),
    webPort: port.default(7400).describe('port for WebSocket clients and the admin API; 0 picks a free one'),
    zookeeperPort: port.default(2181).describe("port for ZooKeeper's protocol; 0 picks a free one"),
    adminHost: z.string().min(1).optional().describe('address that adminPort listens on; default: host'),
    adminPort: port.optional().describe('additional port for the admin API alone; 0 picks a free one'),
    commandsPath: z
      .string()
      .regex(/^(\/[\w.~-]+)*$/, 'expected a path without a trailing slash, or an empty text')
      .default('/commands')
      .describe("path of ZooKeeper's admin commands in the admin API; empty turns them off"),
    fourLetterWords: z
      .string()
      .refine(
        isWordList,
        `expected * or words separated by commas, each one of ${FOUR_LETTER_WORDS.join(', ')}`,
      )
      .default('srvr,ruok')
      .describe(
        'four-letter words that are answered, separated by commas; * for all; srvr is always answered',
      ),
    peerHost: z
      .string()
      .min(1)
      .optional()
      .describe('address that the port for other servers listens on; default: the one in members'),
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
      .describe(
        "the servers' addresses for ZooKeeper clients, id=host:port, as /zookeeper/config lists them",
      ),
    superDigest: z
      .string()
      .regex(/^[^:]+:[A-Za-z0-9+/]{27}=$/, 'expected user:base64(sha1(user:password))')
      .optional()
      .describe('digest of the super user, exempt from all ACLs; default: none'),
    enforceQuota: z.boolean().default(true).describe('whether writes beyond a hard quota are refused'),
    containerGraceMs: milliseconds(0, 2 ** 31)
      .default(10_000)
      .describe('time a container stays after its last child is gone'),
    containerNeverUsedMs: milliseconds(0, 2 ** 31)
      .default(300_000)
      .describe('time a container that never had a child stays; 0 for ever'),
    tickMs: milliseconds(5, 10_000)
      .default(25)
      .describe('length of a tick, the unit of the heartbeats between servers'),
    suspicionTicks: z
      .int()
      .min(3)
      .max(1_000)
      .default(14)
      .describe('ticks of silence after which a server is taken for failed'),
    sessionTimeoutMinMs: milliseconds(100, 3_600_000)
      .default(1_000)
      .describe('shortest session timeout that a client can get'),
    sessionTimeoutMaxMs: milliseconds(100, 3_600_000)
      .default(120_000)
      .describe('longest session timeout that a client can get'),
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
      .describe('longest request or answer of a ZooKeeper session, in bytes: jute.maxbuffer'),
    connectionsMax: z.int().min(1).max(1_000_000).default(10_000).describe('client connections in total'),
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
      .describe('client connections from one address to zookeeperPort: maxClientCnxns; 0 for no limit'),
    outstandingPerConnectionMax: z
      .int()
      .min(1)
      .max(100_000)
      .default(1_000)
      .describe('unanswered requests of one connection; above it the server stops reading from it'),
    // One batch may hold all of them, and the broadcast accepts half a million at most.
    outstandingMax: z
      .int()
      .min(1)
      .max(500_000)
      .default(1_000)
      .describe('writes and linearizable reads in flight; above it each connection gets one at a time'),
    largeRequestBytes: z
      .int()
      .min(1024)
      .max(15 * 1024 * 1024)
      .default(16 * 1024)
      .describe('requests longer than this count as large, in bytes'),
    largeRequestsBytesMax: z
      .int()
      .min(64 * 1024)
      .max(2 ** 40)
      .default(64 * 1024 * 1024)
      .describe('large requests received at the same time, in bytes; others wait'),
    watchesPerConnectionMax: z
      .int()
      .min(1)
      .max(100_000_000)
      .default(100_000)
      .describe('watches that one connection may have'),
    watchBytesPerConnectionMax: z
      .int()
      .min(1024)
      .max(2 ** 40)
      .default(32 * 1024 * 1024)
      .describe('approximate memory for the paths of these watches, in bytes'),
    eventHistoryMax: z
      .int()
      .min(0)
      .max(100_000_000)
      .default(100_000)
      .describe('changes kept for the persistent watches of clients that reconnect'),
    eventHistoryBytesMax: z
      .int()
      .min(0)
      .max(2 ** 40)
      .default(32 * 1024 * 1024)
      .describe('approximate memory for these changes, in bytes'),
    handshakeTimeoutMs: milliseconds(100, 600_000)
      .default(10_000)
      .describe('time a new connection has to complete its handshake'),
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
      .describe('size of the reserve file that is deleted when the disk is full, in bytes'),
    logLevel: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('lowest level that is logged'),
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

/** The settings of a server, each with a value. */
export type Config = z.infer<typeof configSchema>;

/** The name of a setting, as a configuration file has it. */
export type ConfigKey = keyof Config;

/** The configuration is invalid. `problems` names each bad field, what was expected of it, and a suggestion. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BAD_CONFIG';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** One place that settings come from: a file, the environment or the flags. */
export interface ConfigSource {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Merges the sources and checks the result. A later source overrides an earlier one. Throws `ConfigError`. */
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

/** The names of all settings, in the order of the schema. */
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
