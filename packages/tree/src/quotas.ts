import { dataOf } from './data-arena.ts';
import type { Requester } from './requester.ts';
import type { Znode } from './znode.ts';

/** Below this path, each path with a quota has a node of the same path with two children. */
const QUOTA_ROOT = '/zookeeper/quota';
const QUOTA_PREFIX = `${QUOTA_ROOT}/`;
const LIMITS_NODE = 'zookeeper_limits';
const STATS_NODE = 'zookeeper_stats';

/** A limit that a write exceeds, or would have exceeded. */
export interface ExceededQuota {
  /** The path that has the quota. */
  readonly path: string;
  readonly what: 'count' | 'bytes';
  readonly limit: number;
  /** The amount that the write would lead to. */
  readonly value: number;
  /** Whether the write is refused. If a soft limit is exceeded, the server logs a warning. */
  readonly isHard: boolean;
}

/** The number of nodes in a subtree, including its root, and their bytes of data; -1 for unknown or unlimited. */
interface Amounts {
  readonly count: number;
  readonly bytes: number;
}
interface Limits extends Amounts {
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

/** The node operations that quotas need. */
interface QuotaNodes {
  find(path: string): Znode | undefined;
  /** The node and all below it. */
  subtree(root: Znode): Iterable<Znode>;
  /** Replaces the data without a change that clients see: version and times stay the same, and no watch fires. */
  rewrite(node: Znode, data: Uint8Array): void;
}

/** The questions that operations ask before they change anything. */
export type QuotaJudge = Pick<Quotas, 'any' | 'covering' | 'judge' | 'exceededNow'>;

/** A quota as read from its nodes. */
interface Quota {
  readonly limits: Limits;
  /** Without this node, nothing is counted and nothing is refused. */
  readonly statsNode: Znode | undefined;
  count: number;
  bytes: number;
  /** Whether the node holds exactly this count in the usual form, so that reading it gives the same count. */
  isWritten: boolean;
}

/**
 * The paths with a quota, how much of it is used, and whether it is exceeded. As in ZooKeeper, the limits and the count
 * are the data of nodes below `/zookeeper/quota`. Only the nearest quota above a path counts, and a quota on the root has
 * no effect. The nodes are read once, and again after a client has written them. The count is written once per
 * transaction.
 */
export class Quotas {
  readonly #nodes: QuotaNodes;
  /** By path; `undefined` for a quota that must be read from its nodes first. */
  readonly #quotas = new Map<string, Quota | undefined>();
  /** The quotas with a count that is not written yet. */
  readonly #unwritten = new Set<Quota>();
  /** The paths with a count that begins in this transaction. Each is counted once, even if its node is created twice. */
  readonly #begun = new Set<string>();
  #exceededNow: ExceededQuota[] = [];

  constructor(nodes: QuotaNodes) {
    this.#nodes = nodes;
  }

  /** Starts a transaction. */
  begin(): void {
    if (this.#exceededNow.length > 0) this.#exceededNow = [];
  }

  /** Must be called when a node was created. */
  noteCreated(node: Znode): void {
    const path = quotaPathOf(node);
    if (path === undefined) return;
    if (node.name === STATS_NODE) this.#begun.add(path);
    if (node.name === LIMITS_NODE || this.#quotas.has(path)) this.#quotas.set(path, undefined);
  }

  /** Must be called for each node from a checkpoint. The count in the checkpoint is kept. */
  noteRestored(node: Znode): void {
    const path = quotaPathOf(node);
    if (path !== undefined && node.name === LIMITS_NODE) this.#quotas.set(path, undefined);
  }

  /** Must be called before a client sets a node's data, and before a node is removed. */
  willChange(node: Znode): void {
    const path = quotaPathOf(node);
    if (path === undefined || !this.#quotas.has(path)) return;
    this.#write();
    this.#quotas.set(path, undefined);
  }

  noteRemoved(node: Znode): void {
    const path = quotaPathOf(node);
    if (path !== undefined && node.name === LIMITS_NODE) this.#quotas.delete(path);
  }

  /** Adds nodes and bytes at `path` to the count of the quota that covers it. */
  count(path: string, nodes: number, bytes: number): void {
    const at = this.covering(path);
    if (at === undefined) return;
    const quota = this.#read(at);
    if (quota.statsNode === undefined) return;
    if (nodes === 0 && bytes === 0 && quota.isWritten) return;
    quota.count = asRead(quota.count) + nodes;
    quota.bytes = asRead(quota.bytes) + bytes;
    quota.isWritten = false;
    this.#unwritten.add(quota);
  }

  /**
   * Ends a transaction: writes the counts. A new count starts with the nodes that exist, whatever data the client gave
   * it. That takes a walk through all of them.
   */
  settle(): void {
    if (this.#unwritten.size > 0) this.#write();
    if (this.#begun.size === 0) return;
    for (const path of this.#begun) {
      const stats = this.#statsNode(path);
      if (stats !== undefined) this.#nodes.rewrite(stats, formatStats(this.#measure(path)));
      if (this.#quotas.has(path)) this.#quotas.set(path, undefined);
    }
    this.#begun.clear();
  }

  get any(): boolean {
    return this.#quotas.size > 0;
  }

  /** Returns the path with the quota that counts for `path`. */
  covering(path: string): string | undefined {
    if (!this.any) return undefined;
    for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) {
      if (this.#quotas.has(at)) return at;
    }
    return undefined;
  }

  /** Whether so much more below the path with the quota is refused. The exceeded limits are recorded in any case. */
  judge(path: string, nodes: number, bytes: number, { quotas }: Requester): boolean {
    if (quotas === 'unchecked') return false;
    let isRefused = false;
    for (const exceeded of this.exceeded(path, nodes, bytes)) {
      const isHard = exceeded.isHard && quotas === 'enforced';
      this.#exceededNow.push({ ...exceeded, isHard });
      isRefused ||= isHard;
    }
    return isRefused;
  }

  /** The limits that this transaction exceeded, or that refused it. */
  get exceededNow(): readonly ExceededQuota[] {
    return this.#exceededNow.length === 0 ? NONE : this.#exceededNow;
  }

  /** Returns the limits that more `nodes` and `bytes` would exceed. An amount of 0 exceeds no limit of its kind. */
  exceeded(path: string, nodes: number, bytes: number): ExceededQuota[] {
    const { limits, statsNode, count, bytes: used } = this.#read(path);
    if (statsNode === undefined) return [];
    const exceeded: ExceededQuota[] = [];
    const judge = (what: 'count' | 'bytes', soft: number, hard: number, value: number) => {
      const limit = hard >= 0 ? hard : soft;
      if (limit >= 0 && value > limit) exceeded.push({ path, what, limit, value, isHard: hard >= 0 });
    };
    if (nodes !== 0) judge('count', limits.count, limits.countHardLimit, asRead(count) + nodes);
    if (bytes !== 0) judge('bytes', limits.bytes, limits.byteHardLimit, asRead(used) + bytes);
    return exceeded;
  }

  /** Reads the quota at `path` from its nodes. */
  #read(path: string): Quota {
    const known = this.#quotas.get(path);
    if (known !== undefined) return known;
    const limitsNode = this.#nodes.find(`${QUOTA_ROOT}${path}/${LIMITS_NODE}`);
    const statsNode = this.#statsNode(path);
    const limits = parseQuota(limitsNode === undefined ? null : dataOf(limitsNode));
    const { count, bytes } = parseQuota(statsNode === undefined ? null : dataOf(statsNode));
    const quota: Quota = { limits, statsNode, count, bytes, isWritten: false };
    this.#quotas.set(path, quota);
    return quota;
  }

  #write(): void {
    for (const quota of this.#unwritten) {
      if (quota.statsNode !== undefined) this.#nodes.rewrite(quota.statsNode, formatStats(quota));
      quota.isWritten = asRead(quota.count) === quota.count && asRead(quota.bytes) === quota.bytes;
    }
    this.#unwritten.clear();
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

/** The path that a node with limits or a count belongs to; `undefined` for any other node, whatever its name. */
function quotaPathOf({ name, parent }: Znode): string | undefined {
  if (name !== LIMITS_NODE && name !== STATS_NODE) return undefined;
  return parent?.path.startsWith(QUOTA_PREFIX) ? parent.path.slice(QUOTA_ROOT.length) : undefined;
}

function formatStats({ count, bytes }: Amounts): Uint8Array {
  const text = `count=${count},bytes=${bytes}`;
  // The text is ASCII, and too short for a TextEncoder to be faster.
  const data = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i);
  return data;
}

/**
 * Parses ZooKeeper's StatsTrack: `count=5,bytes=-1=;byteHardLimit=10;countHardLimit=-1`. An amount that is missing or is
 * not a number is -1.
 */
function parseQuota(data: Uint8Array | null): Limits {
  const amounts = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };
  if (data === null || data.length > QUOTA_BYTES_MAX) return amounts;
  for (const pair of decoder.decode(data).split(/[,;]+/)) {
    const [key = '', value = ''] = pair.split('=');
    if (key in amounts && AMOUNT.test(value)) amounts[key as keyof typeof amounts] = Number(value);
  }
  return amounts;
}

/** The count as it is read from its node, so that a server with it in memory agrees with one that has just loaded it. */
function asRead(amount: number): number {
  return Math.abs(amount) <= AMOUNT_MAX ? amount : -1;
}

const NONE: readonly never[] = Object.freeze([]);
const AMOUNT = /^-?\d{1,15}$/;
const AMOUNT_MAX = 999_999_999_999_999;
/** Far more than the longest limits take. */
const QUOTA_BYTES_MAX = 1024;
const decoder = new TextDecoder();
