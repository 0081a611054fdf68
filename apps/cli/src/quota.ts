import { type Client, ConclaveError, isConclaveError } from '@conclave/client';
import { asText } from './data-format.ts';
import { listSubtree } from './subtree.ts';
import { UsageError } from './usage-error.ts';

/** Where ZooKeeper keeps quotas, each below the path that it is for. */
const QUOTAS = '/zookeeper/quota';
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** Limits, or what there is, of nodes and of bytes; -1 for no limit. */
export interface Quota {
  readonly count: number;
  readonly bytes: number;
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

export const NO_QUOTA: Quota = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };

/**
 * As ZooKeeper writes it: `count=5,bytes=-1=;byteHardLimit=-1;countHardLimit=10`. The odd `=` keeps servers older than
 * 3.7 from stumbling over what follows.
 */
export function formatQuota({ count, bytes, countHardLimit, byteHardLimit }: Quota): string {
  return `count=${count},bytes=${bytes}=;byteHardLimit=${byteHardLimit};countHardLimit=${countHardLimit}`;
}

/** What is not told is -1. */
export function parseQuota(text: string): Quota {
  const fields = new Map(
    text.split(/[,;]+/).map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, value === '' ? -1 : Number(value)];
    }),
  );
  const field = (name: keyof Quota): number => fields.get(name) ?? -1;
  return {
    count: field('count'),
    bytes: field('bytes'),
    countHardLimit: field('countHardLimit'),
    byteHardLimit: field('byteHardLimit'),
  };
}

/** A node's limits and what they are held against. Rejects with NO_NODE when there is no quota. */
export async function readQuota(
  client: Client,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly limits: Quota; readonly used: Quota }> {
  try {
    const [limits, used] = await Promise.all(
      [LIMITS, STATS].map(async (name) => {
        const { data } = await client.get(`${below(path)}/${name}`, { signal });
        return parseQuota(asText(data) ?? '');
      }),
    );
    return { limits: limits ?? NO_QUOTA, used: used ?? NO_QUOTA };
  } catch (error) {
    if (!hasCode(error, 'NO_NODE')) throw error;
    throw new ConclaveError('NO_NODE', `${path}: there is no quota`, { path });
  }
}

/**
 * Sets those limits of a node that are given, as zkCli does. A node above or below it must have no quota of its own:
 * then it rejects with `UsageError`.
 */
export async function setQuota(
  client: Client,
  path: string,
  given: Partial<Quota>,
  signal: AbortSignal,
): Promise<Quota> {
  if (path === QUOTAS || path.startsWith(`${QUOTAS}/`))
    throw new UsageError(`${QUOTAS} itself can have no quota`);
  if ((await client.exists(path, { signal })) === null) {
    throw new ConclaveError('NO_NODE', `${path}: no such node`, { path });
  }
  await mustBeAlone(client, path, signal);
  const limitsPath = `${below(path)}/${LIMITS}`;
  if ((await client.exists(limitsPath, { signal })) !== null) {
    const { limits } = await readQuota(client, path, signal);
    const wanted = { ...limits, ...given };
    await client.set(limitsPath, formatQuota(wanted), { signal });
    return wanted;
  }
  const wanted = { ...NO_QUOTA, ...given };
  await client.create(limitsPath, formatQuota(wanted), { parents: true, signal });
  // The server counts what there is once this node stands there.
  await client.create(`${below(path)}/${STATS}`, 'count=0,bytes=0', { signal });
  return wanted;
}

/** Takes all limits of a node away, or only those named. Rejects with NO_NODE when there is no quota. */
export async function deleteQuota(
  client: Client,
  path: string,
  only: readonly (keyof Quota)[],
  signal: AbortSignal,
): Promise<void> {
  const { limits } = await readQuota(client, path, signal);
  if (only.length > 0) {
    const without = Object.fromEntries(only.map((name) => [name, -1]));
    await client.set(`${below(path)}/${LIMITS}`, formatQuota({ ...limits, ...without }), { signal });
    return;
  }
  await client.delete(`${below(path)}/${LIMITS}`, { signal });
  await client.delete(`${below(path)}/${STATS}`, { signal });
  // What led to it goes as far as it leads to nothing else.
  for (let at = below(path); at !== QUOTAS; at = at.slice(0, at.lastIndexOf('/'))) {
    try {
      await client.delete(at, { signal });
    } catch (error) {
      if (hasCode(error, 'NOT_EMPTY')) return;
      if (!hasCode(error, 'NO_NODE')) throw error;
    }
  }
}

/** ZooKeeper holds a write against one quota only: there must be no other on the way up or down. */
async function mustBeAlone(client: Client, path: string, signal: AbortSignal): Promise<void> {
  for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
    if ((await client.exists(`${below(at)}/${LIMITS}`, { signal })) === null) continue;
    throw new UsageError(`${path}: ${at}, above it, has a quota already`);
  }
  const quotas = await listSubtree(client, below(path), signal).catch((error: unknown) => {
    if (hasCode(error, 'NO_NODE')) return [];
    throw error;
  });
  const other = quotas.find((quota) => quota.endsWith(`/${LIMITS}`) && quota !== `${below(path)}/${LIMITS}`);
  if (other === undefined) return;
  const owner = other.slice(QUOTAS.length, -LIMITS.length - 1);
  throw new UsageError(`${path}: ${owner}, below it, has a quota already`);
}

function below(path: string): string {
  return path === '/' ? QUOTAS : QUOTAS + path;
}

function parentOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? undefined : path.slice(0, slash);
}

function hasCode(error: unknown, code: string): boolean {
  return isConclaveError(error) && error.code === code;
}
