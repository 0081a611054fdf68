import { type Client, ConclaveError, isConclaveError } from '@conclave/client';
import { asText } from './data-format.ts';
import { listSubtree } from './subtree.ts';
import { UsageError } from './usage-error.ts';

/** ZooKeeper keeps the quota of a path below this node, under that same path. */
const QUOTAS = '/zookeeper/quota';
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** Limits on nodes and bytes, or the usage that they are compared with. -1 for no limit. */
export interface Quota {
  readonly count: number;
  readonly bytes: number;
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

export const NO_QUOTA: Quota = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };

/**
 * Formats a quota as ZooKeeper does: `count=5,bytes=-1=;byteHardLimit=-1;countHardLimit=10`. The odd `=` keeps servers
 * older than 3.7 from failing on the fields after it.
 */
export function formatQuota({ count, bytes, countHardLimit, byteHardLimit }: Quota): string {
  return `count=${count},bytes=${bytes}=;byteHardLimit=${byteHardLimit};countHardLimit=${countHardLimit}`;
}

/** Reads a quota as ZooKeeper writes it. A missing field is -1. */
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

/** Reads a node's limits and the usage they are compared with. Rejects with NO_NODE if there is no quota. */
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
 * Sets the given limits of a node, as zkCli does, and resolves to all its limits. Rejects with `UsageError` if a node
 * above or below it has a quota of its own.
 */
export async function setQuota(
  client: Client,
  path: string,
  given: Partial<Quota>,
  signal: AbortSignal,
): Promise<Quota> {
  if (path === QUOTAS || path.startsWith(`${QUOTAS}/`))
    throw new UsageError(`${QUOTAS} itself cannot have a quota`);
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
  // The server begins to count when this node appears.
  await client.create(`${below(path)}/${STATS}`, 'count=0,bytes=0', { signal });
  return wanted;
}

/** Removes all limits of a node, or only those named. Rejects with NO_NODE if there is no quota. */
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
  // The nodes on the way to it go too, up to the first that leads to another quota.
  for (let at = below(path); at !== QUOTAS; at = at.slice(0, at.lastIndexOf('/'))) {
    try {
      await client.delete(at, { signal });
    } catch (error) {
      if (hasCode(error, 'NOT_EMPTY')) return;
      if (!hasCode(error, 'NO_NODE')) throw error;
    }
  }
}

/** ZooKeeper checks a write against one quota only, so no node above or below may have another. */
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
