import { ttlOf } from './node-owner.ts';
import type { Znode } from './znode.ts';

export interface ExpiryOptions {
  /** How long a container stays after its last child went, in milliseconds. */
  readonly containerGraceMs: number;
  /** How long a container stays that never had a child, in milliseconds; 0 for always. */
  readonly containerNeverUsedMs: number;
}

/** Whether the time of an empty node is over, but for a container's grace, which is the leader's to give. */
export function isOver({ owner, mtime, childCreates }: Znode, now: number, neverUsedMs: number): boolean {
  const ttl = ttlOf(owner);
  if (ttl > 0) return now - mtime > ttl;
  return childCreates !== 0 || (neverUsedMs > 0 && now - mtime > neverUsedMs);
}

interface Entry {
  readonly node: Znode;
  /** When the node was made, or lost its last child. */
  emptySince: number;
  /** Not later than the node's deadline, which moves when the node is set. The heap is ordered by it. */
  at: number;
}

/**
 * Which containers and nodes with a time to live are due to be removed, without a look at all of them: those without
 * children stand in a heap by the time at which they may be due.
 */
export class Expiry {
  readonly #options: ExpiryOptions;
  readonly #entries = new Map<Znode, Entry>();
  /** A binary heap. Entries of nodes that were removed stay in it until they come up or become too many. */
  #heap: Entry[] = [];

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** The node has no children from `time` on. */
  emptied(node: Znode, time: number): void {
    const entry = { node, emptySince: time, at: 0 };
    entry.at = this.#deadlineOf(entry);
    const known = this.#entries.get(node);
    if (known !== undefined && known.at <= entry.at) {
      known.emptySince = time;
      return;
    }
    this.#entries.set(node, entry);
    this.#push(entry);
  }

  /** The node is no more. */
  forget(node: Znode): void {
    if (!this.#entries.delete(node)) return;
    if (this.#heap.length > 2 * this.#entries.size + STALE_MAX) this.#rebuild();
  }

  /** When something may be due next, as far as is known without a look at the nodes; `undefined` for never. */
  get next(): number | undefined {
    const at = this.#heap[0]?.at;
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /** Up to `limit` nodes that are due at `now`. They are due until they are gone. */
  due(now: number, limit: number): Znode[] {
    const due: Entry[] = [];
    while (due.length < limit) {
      const top = this.#heap[0];
      if (top === undefined || top.at > now) break;
      this.#pop();
      const { node } = top;
      if (this.#entries.get(node) !== top) continue;
      if (node.childCount > 0) {
        this.#entries.delete(node);
        continue;
      }
      const deadline = this.#deadlineOf(top);
      if (deadline <= now) {
        due.push(top);
      } else {
        top.at = deadline;
        this.#push(top);
      }
    }
    for (const entry of due) this.#push(entry);
    return due.map(({ node }) => node);
  }

  #deadlineOf({ node, emptySince }: Entry): number {
    const ttl = ttlOf(node.owner);
    // ZooKeeper lets a node live for more than its time, by a millisecond at least.
    if (ttl > 0) return node.mtime + ttl + 1;
    const { containerGraceMs, containerNeverUsedMs } = this.#options;
    if (node.childCreates !== 0) return emptySince + containerGraceMs;
    return containerNeverUsedMs > 0 ? node.mtime + containerNeverUsedMs + 1 : Number.POSITIVE_INFINITY;
  }

  #rebuild(): void {
    this.#heap = [...this.#entries.values()].sort((a, b) => a.at - b.at);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (parent.at <= entry.at) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as Entry).at < (heap[below] as Entry).at) below++;
      const child = heap[below] as Entry;
      if (child.at >= last.at) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

/** How many entries of removed nodes are no reason to tidy up. */
const STALE_MAX = 1024;
