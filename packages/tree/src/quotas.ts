import { dataOf } from './data-arena.ts';
import type { Znode } from './znode.ts';

/** Under its own path, every path with a quota has a node with these two children. */
const QUOTA_ROOT = '/zookeeper/quota';
const QUOTA_PREFIX = `${QUOTA_ROOT}/`;
const LIMITS_NODE = 'zookeeper_limits';
const STATS_NODE = 'zookeeper_stats';

/** A limit that a write goes beyond, or would have gone beyond. */
export interface ExceededQuota {
  /** The path that has the quota. */
  readonly path: string;
  readonly what: 'count' | 'bytes';
  readonly limit: number;
  /** What the write would make it. */
  readonly value: number;
  /** Whether the write is to be refused. A soft limit is one to warn of. */
  readonly isHard: boolean;
}

/** How many nodes a subtree has, its root included, and how many bytes of data; -1 for unknown or unlimited. */
interface Amounts {
  readonly count: number;
  readonly bytes: number;
}
interface Limits extends Amounts {
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

/** What quotas need of the nodes. */
interface QuotaNodes {
  find(path: string): Znode | undefined;
  /** The node and all below it. */
  subtree(root: Znode): Iterable<Znode>;
  /** Replaces the data behind the back of the node: its version and times stay, and no watch fires. */
  rewrite(node: Znode, data: Uint8Array): void;
}

/**
 * Which paths have a quota, what is used of it, and whether it is exceeded. As in ZooKeeper, the limits and the count
 * are the data of nodes below `/zookeeper/quota`; only the nearest quota above a path counts, and one on the root is
 * none.
 */
export class Quotas {
  readonly #nodes: QuotaNodes;
  readonly #paths = new Set<string>();
  /** Paths whose count begins with this transaction: each is counted once, however often its node was made. */
  readonly #begun = new Set<string>();

  constructor(nodes: QuotaNodes) {
    this.#nodes = nodes;
  }

  /** A node was made. */
  noteCreated(node: Znode): void {
    const path = quotaPathOf(node);
    if (path === undefined) return;
    if (node.name === LIMITS_NODE) this.#paths.add(path);
    else this.#begun.add(path);
  }

  /** A node of a checkpoint, whose count is kept. */
  noteRestored(node: Znode): void {
    const path = quotaPathOf(node);
    if (path !== undefined && node.name === LIMITS_NODE) this.#paths.add(path);
  }

  noteRemoved(node: Znode): void {
    const path = quotaPathOf(node);
    if (path !== undefined && node.name === LIMITS_NODE) this.#paths.delete(path);
  }

  /** Counts so many more nodes and bytes at `path` for the quota that covers it. */
  count(path: string, nodes: number, bytes: number): void {
    const quota = this.covering(path);
    const stats = quota === undefined ? undefined : this.#statsNode(quota);
    if (stats === undefined) return;
    const before = parseQuota(dataOf(stats));
    this.#nodes.rewrite(stats, formatStats({ count: before.count + nodes, bytes: before.bytes + bytes }));
  }

  /** The end of a transaction: a count begins with what is there, whatever its maker wrote. */
  settle(): void {
    if (this.#begun.size === 0) return;
    for (const path of this.#begun) {
      const stats = this.#statsNode(path);
      if (stats !== undefined) this.#nodes.rewrite(stats, formatStats(this.#measure(path)));
    }
    this.#begun.clear();
  }

  /** The path whose quota counts for `path`. */
  covering(path: string): string | undefined {
    if (this.#paths.size === 0) return undefined;
    for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) {
      if (this.#paths.has(at)) return at;
    }
    return undefined;
  }

  /** The limits that `nodes` and `bytes` more would exceed. Who adds none of a kind exceeds none of it. */
  exceeded(path: string, nodes: number, bytes: number): ExceededQuota[] {
    const limitsNode = this.#nodes.find(`${QUOTA_ROOT}${path}/${LIMITS_NODE}`);
    const statsNode = this.#statsNode(path);
    if (limitsNode === undefined || statsNode === undefined) return [];
    const limits = parseQuota(dataOf(limitsNode));
    const now = parseQuota(dataOf(statsNode));
    const exceeded: ExceededQuota[] = [];
    const judge = (what: 'count' | 'bytes', soft: number, hard: number, value: number) => {
      const limit = hard >= 0 ? hard : soft;
      if (limit >= 0 && value > limit) exceeded.push({ path, what, limit, value, isHard: hard >= 0 });
    };
    if (nodes !== 0) judge('count', limits.count, limits.countHardLimit, now.count + nodes);
    if (bytes !== 0) judge('bytes', limits.bytes, limits.byteHardLimit, now.bytes + bytes);
    return exceeded;
  }

  #statsNode(path: string): Znode | undefined {
    return this.#nodes.find(`${QUOTA_ROOT}${path}/${STATS_NODE}`);
  }

  #measure(path: string): Amounts {
    const root = this.#nodes.find(path);
    let count = 0;
    let bytes = 0;
    for (const { dataLength } of root === undefined ? [] : this.#nodes.subtree(root)) {
      count++;
      bytes += Math.max(dataLength, 0);
    }
    return { count, bytes };
  }
}

/** The path that a node with limits or a count is for; `undefined` for any other node, whatever its name. */
function quotaPathOf({ name, parent }: Znode): string | undefined {
  if (name !== LIMITS_NODE && name !== STATS_NODE) return undefined;
  return parent?.path.startsWith(QUOTA_PREFIX) ? parent.path.slice(QUOTA_ROOT.length) : undefined;
}

function formatStats({ count, bytes }: Amounts): Uint8Array {
  return encoder.encode(`count=${count},bytes=${bytes}`);
}

/**
 * ZooKeeper's StatsTrack: `count=5,bytes=-1=;byteHardLimit=10;countHardLimit=-1`. What is left out or is no number
 * counts as -1.
 */
function parseQuota(data: Uint8Array | null): Limits {
  const amounts = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };
  if (data === null || data.length > QUOTA_BYTES_MAX) return amounts;
  for (const pair of decoder.decode(data).split(/[,;]+/)) {
    const [key = '', value = ''] = pair.split('=');
    if (key in amounts && /^-?\d{1,15}$/.test(value)) amounts[key as keyof typeof amounts] = Number(value);
  }
  return amounts;
}

/** Far more than any limits take: they are read again for each write that they are for. */
const QUOTA_BYTES_MAX = 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
