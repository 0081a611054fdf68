import { Violation } from '../violation.ts';
import type { ModelNode } from './znode-history.ts';

/** What a quota limits: nodes, the one at its path included, and bytes of their data. */
export interface Usage {
  readonly count: number;
  readonly bytes: number;
}

/** The one path of a run that has a quota. */
export const QUOTA_PATH = '/quotas';
/** The node in which the servers keep what they have counted (ZooKeeper's StatsTrack). */
export const QUOTA_STATS = `/zookeeper/quota${QUOTA_PATH}/zookeeper_stats`;

/** What is used at and below `path`. Data are taken to be ASCII. */
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

/** Throws `Violation` for more than a hard quota lets in. */
export function checkHardQuota(usage: Usage, limits: Usage): void {
  if (usage.count <= limits.count && usage.bytes <= limits.bytes) return;
  throw new Violation('no write goes beyond a hard quota', `${describe(usage)}, allowed ${describe(limits)}`);
}

/** Throws `Violation` when `stats`, the text that the servers keep, is not what is there. */
export function checkQuotaCount(stats: string, usage: Usage): void {
  if (stats === `count=${usage.count},bytes=${usage.bytes}`) return;
  throw new Violation('a quota counts the existing nodes', `${stats}, where there are ${describe(usage)}`);
}

function describe({ count, bytes }: Usage): string {
  return `${count} nodes with ${bytes} bytes`;
}
