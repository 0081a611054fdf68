import { Violation } from '../violation.ts';
import type { ModelNode } from './znode-history.ts';

/** The amounts that a quota limits: nodes, including the one at its path, and bytes of their data. */
export interface Usage {
  readonly count: number;
  readonly bytes: number;
}

/** The only path with a quota in a run. */
export const QUOTA_PATH = '/quotas';
/** The node in which the servers keep their counts (ZooKeeper's StatsTrack). */
export const QUOTA_STATS = `/zookeeper/quota${QUOTA_PATH}/zookeeper_stats`;

/** Returns the usage at and below `path`. Assumes that the data are ASCII. */
export function usageOf(nodes: ReadonlyMap<string, ModelNode>, path: string): Usage {
  let count = 0;
  let bytes = 0;
  for (const [each, { data }] of nodes) {
    if (each !== path && !each.startsWith(`${path}/`)) continue;
    count++;
    bytes += data.length;
  }
  return { count, bytes };
}

/** Throws `Violation` if the usage exceeds a hard quota. */
export function checkHardQuota(usage: Usage, limits: Usage): void {
  if (usage.count <= limits.count && usage.bytes <= limits.bytes) return;
  throw new Violation('no write goes beyond a hard quota', `${describe(usage)}, allowed ${describe(limits)}`);
}

/** Throws `Violation` if `stats`, the text that the servers keep, is not the usage. */
export function checkQuotaCount(stats: string, usage: Usage): void {
  if (stats === `count=${usage.count},bytes=${usage.bytes}`) return;
  throw new Violation('a quota counts the existing nodes', `${stats}, where there are ${describe(usage)}`);
}

function describe({ count, bytes }: Usage): string {
  return `${count} nodes with ${bytes} bytes`;
}
