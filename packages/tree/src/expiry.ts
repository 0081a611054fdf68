import { ttlOf } from './node-owner.ts';
import type { Znode } from './znode.ts';

export interface ExpiryOptions {
  /** How long a container is kept after its last child was removed, in milliseconds. */
  readonly containerGraceMs: number;
  /** How long a container that never had a child is kept, in milliseconds; 0 keeps it for good. */
  readonly containerNeverUsedMs: number;
}

/** Whether an empty node has expired. A container's grace is not counted here, because the leader decides on it. */
export function isOver({ owner, mtime, childCreates }: Znode, now: number, neverUsedMs: number): boolean {
  const ttl = ttlOf(owner);
  if (ttl > 0) return now - mtime > ttl;
  return childCreates !== 0 || (neverUsedMs > 0 && now - mtime > neverUsedMs);
}

interface Entry {
  readonly node: Znode;
  /** When the node was created, or lost its last child. */
  emptySince: number;
  /** Orders the heap. Never later than the node's deadline, which moves when its data is set. */
  at: number;
}

/**
 * Finds the containers and nodes with a time to live that are due for removal, without scanning all of them. Those
 * without children stand in a heap, ordered by the time at which they may be due.
 */
export class Expiry {
  readonly #options: ExpiryOptions;
  readonly #entries = new Map<Znode, Entry>();
  /** A binary heap. Entries of removed nodes stay in it until they come up, or until there are too many of them. */
  #heap: Entry[] = [];

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** Must be called when the node has had no children since `time`. */
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

  /** Must be called when the node has been removed. */
  forget(node: Znode): void {
    if (!this.#entries.delete(node)) return;
    if (this.#heap.length > 2 * this.#entries.size + STALE_MAX) this.#rebuild();
  }

  /** The earliest time at which a node may be due, as far as the heap shows; `undefined` for never. */
  get next(): number | undefined {
    const at = this.#heap[0]?.at;
    return at === Number.POSITIVE_INFINITY ? undefined : at;
  }

  /** Returns up to `limit` nodes that are due at `now`. A node is returned again until it has been removed. */
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
    // ZooKeeper keeps a node for at least a millisecond more than its time to live.
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

/** The heap is rebuilt only if more entries than this belong to removed nodes. */
const STALE_MAX = 1024;
