import type { AuthCredential } from '@conclave/client';
import { z } from 'zod';
import { UsageError } from './usage-error.ts';

export const DEFAULT_SERVERS = 'ws://127.0.0.1:7400';

/** The variable that names the servers if `--server` does not. */
export const SERVERS_VARIABLE = 'CONCLAVE_SERVERS';

/** The variable that holds identities, separated by blanks, if `--auth` gives none. */
export const AUTH_VARIABLE = 'CONCLAVE_AUTH';

const MS_MAX = 2 ** 31 - 1;
const milliseconds = z.coerce.number('expected a number of milliseconds').int().min(1).max(MS_MAX);

const settingsSchema = z.object({
  servers: z
    .string()
    .transform(splitServers)
    .pipe(
      z
        .array(z.string().regex(/^\S+$/, 'an address cannot contain blanks'))
        .min(1, 'expected at least one server'),
    ),
  auth: z.array(z.string().transform(toCredential)),
  json: z.boolean(),
  timeoutMs: milliseconds,
  sessionTimeoutMs: milliseconds,
});

/** The settings that apply to every command. */
export interface Settings {
  /** Addresses, or one connection string, as `connect` takes them. */
  readonly servers: readonly string[] | string;
  /** Identities that sessions have from the start. */
  readonly auth: readonly AuthCredential[];
  /** Whether results are printed as JSON, one per line. */
  readonly json: boolean;
  /** How long a command may take, including connecting. */
  readonly timeoutMs: number;
  readonly sessionTimeoutMs: number;
}

export interface GivenSettings {
  readonly servers: readonly string[] | undefined;
  readonly auth: readonly string[] | undefined;
  readonly json: boolean;
  readonly timeout: string | undefined;
  readonly sessionTimeout: string | undefined;
}

const TIMEOUT_MS = 15_000;
const SESSION_TIMEOUT_MS = 10_000;

/** Options come before the environment, and both before defaults. Throws a `UsageError` that names the setting. */
export function resolveSettings(
  given: GivenSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const parsed = settingsSchema.safeParse({
    servers: given.servers?.join(',') ?? (environment[SERVERS_VARIABLE] || DEFAULT_SERVERS),
    auth: given.auth ?? (environment[AUTH_VARIABLE] ?? '').split(/\s+/).filter((text) => text !== ''),
    json: given.json,
    timeoutMs: given.timeout ?? TIMEOUT_MS,
    sessionTimeoutMs: given.sessionTimeout ?? SESSION_TIMEOUT_MS,
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = flagOf[String(issue?.path[0])] ?? 'settings';
    throw new UsageError(`${name}: ${issue?.message ?? 'cannot be used'}`);
  }
  return { ...parsed.data, servers: oneOrMany(parsed.data.servers) };
}

const flagOf: Readonly<Record<string, string>> = {
  servers: '--server',
  auth: '--auth',
  timeoutMs: '--timeout',
  sessionTimeoutMs: '--session-timeout',
};

/** Returns the servers as `connect` takes them. An address without a scheme speaks Conclave's own protocol. */
export function parseServers(list: readonly string[]): readonly string[] | string {
  return oneOrMany(list.flatMap(splitServers));
}

function splitServers(text: string): string[] {
  // A connection string contains commas of its own.
  if (isConnectionString(text)) return [text.trim()];
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part.includes('://') ? part : `ws://${part}`));
}

/** Splits `digest:user:password` into the scheme and the credential, which may contain colons. */
function toCredential(text: string, context: z.RefinementCtx): AuthCredential {
  const colon = text.indexOf(':');
  if (colon < 1) {
    // The text may be a secret, so it is not shown.
    context.addIssue({ code: 'custom', message: 'expected scheme:credential, like digest:user:password' });
    return z.NEVER;
  }
  return { scheme: text.slice(0, colon), credential: text.slice(colon + 1) };
}

function isConnectionString(text: string): boolean {
  return /^\s*(?:conclave|zookeeper):\/\//.test(text);
}

function oneOrMany(servers: readonly string[]): readonly string[] | string {
  const [only] = servers;
  return servers.length === 1 && only !== undefined && isConnectionString(only) ? only : servers;
}
