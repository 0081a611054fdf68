import { InvariantError, type Zxid } from '@conclave/protocol';
import type { SharedAcl } from '../access/acl-table.ts';
import type { Change } from '../change.ts';

export interface EventHistoryLimits {
  /** How many changes are kept. More lets clients be away for longer, and takes some 30 bytes each and their paths. */
  readonly changesMax: number;
  /** About how many bytes they may take. */
  readonly bytesMax: number;
}

/** A change and the transaction that made it. */
export interface PastChange extends Change {
  readonly zxid: Zxid;
}

/** What one change takes in the columns below; its path and its ACL may be a living node's as well. */
const CHANGE_BYTES = 32;
/** A power of two, as all capacities are. */
const CAPACITY_MIN = 64;

/**
 * What has changed lately, in the order of zxids: what a persistent watch missed while its client was away. Whole
 * transactions only, the oldest let go first. A server keeps it for itself; since all servers apply the same
 * transactions, a client may have begun at another one.
 *
 * It is kept in columns, so that nothing of a transaction lives on for it but paths.
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

  /** What changed after `zxid`, which is not below the floor. */
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

  /** How many changes in the history come up to `zxid`. */
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

  /** Lets the oldest transaction go. */
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
