import { InvariantError, type Zxid } from '@conclave/protocol';
import type { SharedAcl } from '../access/acl-table.ts';
import type { Change } from '../change.ts';

export interface EventHistoryLimits {
  /** The most changes kept. More lets clients be away for longer. Each takes about 30 bytes and its path. */
  readonly changesMax: number;
  /** About the most bytes that they may take. */
  readonly bytesMax: number;
}

/** A change and the transaction that made it. */
export interface PastChange extends Change {
  readonly zxid: Zxid;
}

/** The bytes of one change in the columns below. Its path and its ACL may belong to an existing node as well. */
const CHANGE_BYTES = 32;
/** A power of two, as all capacities are. */
const CAPACITY_MIN = 64;

/**
 * The latest changes in the order of zxids, for persistent watches that missed them while their client was away. It
 * holds whole transactions, and drops the oldest first. Each server keeps its own. A client may come from another server,
 * because all servers apply the same transactions.
 *
 * It is kept in columns, so that it holds nothing of a transaction in memory but paths.
 */
export class EventHistory {
  readonly #limits: EventHistoryLimits;
  #zxids = new Float64Array(CAPACITY_MIN);
  #types = new Int32Array(CAPACITY_MIN);
  #paths: (string | undefined)[] = new Array(CAPACITY_MIN).fill(undefined);
  #acls: (SharedAcl | undefined)[] = new Array(CAPACITY_MIN).fill(undefined);
  #first = 0;
  #length = 0;
  #bytes = 0;
  #floor: Zxid;
  /** The last transaction appended, even if it changed nothing that a watch waits for. */
  #last: Zxid;

  /** Begins at `floor`, the zxid of the last transaction before the first that will be appended. */
  constructor(floor: Zxid, limits: EventHistoryLimits) {
    this.#floor = floor;
    this.#last = floor;
    this.#limits = limits;
  }

  /** All changes after this zxid are known. */
  get floor(): Zxid {
    return this.#floor;
  }

  get changeCount(): number {
    return this.#length;
  }

  /** About how much memory the changes take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws `InvariantError` unless the transaction comes after all that were appended before. */
  append(zxid: Zxid, changes: readonly Change[]): void {
    if (zxid <= this.#last)
      throw new InvariantError(`the changes of ${zxid} come after those of ${this.#last}`);
    this.#last = zxid;
    for (const { type, path, acl } of changes) {
      if (this.#length === this.#zxids.length) this.#grow();
      const at = (this.#first + this.#length++) & (this.#zxids.length - 1);
      this.#zxids[at] = zxid;
      this.#types[at] = type;
      this.#paths[at] = path;
      this.#acls[at] = acl;
      this.#bytes += CHANGE_BYTES + path.length + acl.bytes;
    }
    const { changesMax, bytesMax } = this.#limits;
    while (this.#length > changesMax || this.#bytes > bytesMax) this.#letGo();
  }

  /** The changes after `zxid`, which must not be below the floor. */
  *after(zxid: number): Generator<PastChange> {
    const mask = this.#zxids.length - 1;
    for (let i = this.#indexAfter(zxid); i < this.#length; i++) {
      const at = (this.#first + i) & mask;
      const path = this.#paths[at];
      const acl = this.#acls[at];
      if (path === undefined || acl === undefined) throw new InvariantError(`the history has a hole at ${i}`);
      yield { zxid: this.#zxids[at] as Zxid, type: this.#types[at] ?? 0, path, acl };
    }
  }

  /** Returns how many changes in the history are of `zxid` or before. */
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

  /** Drops the oldest transaction. */
  #letGo(): void {
    const mask = this.#zxids.length - 1;
    const zxid = this.#zxids[this.#first] as Zxid;
    do {
      const pathBytes = this.#paths[this.#first]?.length ?? 0;
      this.#bytes -= CHANGE_BYTES + pathBytes + (this.#acls[this.#first]?.bytes ?? 0);
      this.#paths[this.#first] = undefined;
      this.#acls[this.#first] = undefined;
      this.#first = (this.#first + 1) & mask;
      this.#length--;
    } while (this.#length > 0 && this.#zxids[this.#first] === zxid);
    this.#floor = zxid;
    if (this.#bytes < 0 || (this.#length === 0 && this.#bytes !== 0)) {
      throw new InvariantError(`${this.#length} changes in the history take ${this.#bytes} bytes`);
    }
  }

  #grow(): void {
    const { length } = this.#zxids;
    const zxids = new Float64Array(length * 2);
    const types = new Int32Array(length * 2);
    const paths: (string | undefined)[] = new Array(length * 2).fill(undefined);
    const acls: (SharedAcl | undefined)[] = new Array(length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) {
      const at = (this.#first + i) & (length - 1);
      zxids[i] = this.#zxids[at] ?? 0;
      types[i] = this.#types[at] ?? 0;
      paths[i] = this.#paths[at];
      acls[i] = this.#acls[at];
    }
    this.#zxids = zxids;
    this.#types = types;
    this.#paths = paths;
    this.#acls = acls;
    this.#first = 0;
  }
}
