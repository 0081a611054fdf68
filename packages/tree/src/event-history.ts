import type { Zxid } from '@conclave/protocol';
import type { Change } from './txn.ts';

export interface EventHistoryLimits {
  /** How many changes are kept. More lets clients be away for longer, and takes some 150 bytes each. */
  readonly changesMax: number;
  /** About how many bytes they may take. */
  readonly bytesMax: number;
}

/** A change with its array's share, without the text of its path. */
const CHANGE_BYTES = 96;

/**
 * What has changed lately, in the order of zxids: what a persistent watch missed while its client was away. Whole
 * transactions only, the oldest let go first. A server keeps it for itself; since all servers apply the same
 * transactions, a client may have begun at another one.
 */
export class EventHistory {
  readonly #limits: EventHistoryLimits;
  /** Ring buffers: the zxids of transactions that changed something, and what they changed. */
  #zxids: number[] = new Array(CAPACITY_MIN).fill(0);
  #changes: (readonly Change[])[] = new Array(CAPACITY_MIN).fill(NOTHING);
  #first = 0;
  #length = 0;
  #changeCount = 0;
  #bytes = 0;
  #floor: Zxid;

  /** Begins at `floor`, the zxid of the last transaction before the first that will be appended. */
  constructor(floor: Zxid, limits: EventHistoryLimits) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** All changes after this zxid are known. */
  get floor(): Zxid {
    return this.#floor;
  }

  get changeCount(): number {
    return this.#changeCount;
  }

  /** About how much memory the changes take. */
  get bytes(): number {
    return this.#bytes;
  }

  append(zxid: Zxid, changes: readonly Change[]): void {
    if (changes.length === 0) return;
    if (this.#length === this.#zxids.length) this.#grow();
    const at = (this.#first + this.#length) & (this.#zxids.length - 1);
    this.#zxids[at] = zxid;
    this.#changes[at] = changes;
    this.#length++;
    this.#changeCount += changes.length;
    for (const change of changes) this.#bytes += bytesOf(change);
    const { changesMax, bytesMax } = this.#limits;
    while (this.#length > 0 && (this.#changeCount > changesMax || this.#bytes > bytesMax)) this.#letGo();
  }

  /** What changed after `zxid`, which is not below the floor. */
  *after(zxid: number): Generator<readonly [zxid: Zxid, changes: readonly Change[]]> {
    const mask = this.#zxids.length - 1;
    for (let i = this.#indexAfter(zxid); i < this.#length; i++) {
      const at = (this.#first + i) & mask;
      yield [this.#zxids[at] as Zxid, this.#changes[at] ?? NOTHING];
    }
  }

  /** How many transactions in the history come up to `zxid`. */
  #indexAfter(zxid: number): number {
    const mask = this.#zxids.length - 1;
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#zxids[(this.#first + middle) & mask] ?? 0) <= zxid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #letGo(): void {
    const changes = this.#changes[this.#first] ?? NOTHING;
    this.#floor = this.#zxids[this.#first] as Zxid;
    this.#changes[this.#first] = NOTHING;
    this.#first = (this.#first + 1) & (this.#zxids.length - 1);
    this.#length--;
    this.#changeCount -= changes.length;
    for (const change of changes) this.#bytes -= bytesOf(change);
  }

  #grow(): void {
    const capacity = this.#zxids.length * 2;
    const zxids: number[] = new Array(capacity).fill(0);
    const changes: (readonly Change[])[] = new Array(capacity).fill(NOTHING);
    for (let i = 0; i < this.#length; i++) {
      const at = (this.#first + i) & (this.#zxids.length - 1);
      zxids[i] = this.#zxids[at] ?? 0;
      changes[i] = this.#changes[at] ?? NOTHING;
    }
    this.#zxids = zxids;
    this.#changes = changes;
    this.#first = 0;
  }
}

/** A power of two, as all capacities are. */
const CAPACITY_MIN = 64;
const NOTHING: readonly Change[] = [];

function bytesOf({ path }: Change): number {
  return CHANGE_BYTES + path.length;
}
