import { counterOf, epochOf, InvariantError, invariant, makeZxid, type Zxid } from '@conclave/protocol';
import type { Entry } from './entry.ts';

/** The entries of one epoch that are held, which are consecutive. */
interface Run {
  readonly epoch: number;
  /** Position and counter of the first entry held. */
  position: number;
  counter: number;
  length: number;
}

/** About how many bytes an entry takes in addition to its payload. */
const ENTRY_OVERHEAD_BYTES = 64;

/** The number of epochs that `tails` covers. A log that differs further back is replaced by a checkpoint. */
const TAILS_MAX = 64;

/**
 * The part of the log that is held in memory: the entries after `base`, without a gap, up to `last`.
 *
 * Besides its zxid an entry has a position, which counts entries and stays the same while older ones are
 * trimmed: `first <= position < end`. Streams are kept as positions, so that no zxid is searched for on the
 * hot path.
 */
export class History {
  #base: Zxid;
  #last: Zxid;
  #first = 0;
  #entries: Entry[] = [];
  /** `#bytesThrough[i]`: the size of all entries ever held up to `#entries[i]`. */
  #bytesThrough: number[] = [];
  /** Index of the first entry in the two arrays; what lies before it is dropped in bulk. */
  #head = 0;
  #bytesBefore = 0;
  #runs: Run[] = [];

  constructor(base: Zxid) {
    this.#base = base;
    this.#last = base;
  }

  /** The zxid before the first entry held. */
  get base(): Zxid {
    return this.#base;
  }

  get last(): Zxid {
    return this.#last;
  }

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#first + this.length;
  }

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get bytes(): number {
    return (this.#bytesThrough.at(-1) ?? this.#bytesBefore) - this.#bytesBefore;
  }

  /** Throws `InvariantError` unless the entry is the very next one of its epoch, or the first of a later one. */
  append(entry: Entry): void {
    const { zxid } = entry;
    if (!follows(this.#last, zxid)) throw new InvariantError(`entry ${zxid} does not follow ${this.#last}`);
    const run = this.#runs.at(-1);
    if (run !== undefined && counterOf(zxid) !== 1) {
      run.length += 1;
    } else {
      this.#runs.push({ epoch: epochOf(zxid), position: this.end, counter: counterOf(zxid), length: 1 });
    }
    const before = this.#bytesThrough.at(-1) ?? this.#bytesBefore;
    this.#entries.push(entry);
    this.#bytesThrough.push(before + entry.payload.length + ENTRY_OVERHEAD_BYTES);
    this.#last = zxid;
  }

  /** The entry at a position that is held. */
  at(position: number): Entry {
    const entry = this.#entries[this.#head + position - this.#first];
    if (entry === undefined || position < this.#first) throw new InvariantError(`no entry at ${position}`);
    return entry;
  }

  slice(from: number, to: number): Entry[] {
    if (from < this.#first || to > this.end) throw new InvariantError(`no entries at ${from}..${to}`);
    const shift = this.#head - this.#first;
    return this.#entries.slice(from + shift, to + shift);
  }

  /** The position behind `zxid`, or `undefined` when neither an entry held nor the base has this zxid. */
  positionAfter(zxid: Zxid): number | undefined {
    if (zxid === this.#last) return this.end;
    if (zxid === this.#base) return this.#first;
    const run = this.#runOf(epochOf(zxid));
    if (run === undefined) return undefined;
    const offset = counterOf(zxid) - run.counter;
    return offset >= 0 && offset < run.length ? run.position + offset + 1 : undefined;
  }

  /** The zxid of the entry before `position`. */
  zxidBefore(position: number): Zxid {
    return position === this.#first ? this.#base : this.at(position - 1).zxid;
  }

  /** The size of the entries from one position up to another. */
  bytesBetween(from: number, to: number): number {
    return this.#bytesBeforePosition(to) - this.#bytesBeforePosition(from);
  }

  /** The last zxid of each epoch, newest first, the base at the end: enough for `commonPoint`. */
  tails(): Zxid[] {
    const tails: Zxid[] = [];
    for (let i = this.#runs.length - 1; i >= 0 && tails.length < TAILS_MAX; i--) {
      const run = this.#runs[i] as Run;
      tails.push(makeZxid(run.epoch, run.counter + run.length - 1));
    }
    tails.push(this.#base);
    return tails;
  }

  /**
   * Returns the last zxid that this log shares with the log that has these `tails`, or `undefined` if it lies before the
   * base. Logs that share a zxid are equal up to it, and an epoch's entries come from one leader. So the common part ends
   * in the newest epoch that both have, where the shorter of the two ends.
   *
   * The other's zxid alone is not enough: cutting (2,5) back to "everything not after (1,200)" leaves a log that may end
   * at (1,50), and the entries up to (1,200) would be missing unnoticed.
   */
  commonPoint(tails: readonly Zxid[]): Zxid | undefined {
    for (const tail of tails) {
      const epoch = epochOf(tail);
      if (epoch < epochOf(this.#base)) return undefined;
      const run = this.#runOf(epoch);
      if (run !== undefined) {
        const counter = Math.min(counterOf(tail), run.counter + run.length - 1);
        if (counter >= run.counter) return makeZxid(epoch, counter);
      }
      if (epoch === epochOf(this.#base)) return tail >= this.#base ? this.#base : undefined;
    }
    return undefined;
  }

  /** Removes every entry after `zxid`, which must be the base or an entry held. */
  truncate(zxid: Zxid): void {
    const position = this.positionAfter(zxid);
    invariant(position !== undefined, `cannot truncate after ${zxid}: not in the log`);
    const kept = position - this.#first + this.#head;
    this.#entries.length = kept;
    this.#bytesThrough.length = kept;
    this.#last = zxid;
    for (let run = this.#runs.at(-1); run !== undefined; run = this.#runs.at(-1)) {
      run.length = Math.min(run.length, position - run.position);
      if (run.length > 0) break;
      this.#runs.pop();
    }
  }

  /** Forgets everything: the log begins anew after `zxid`. Positions go on where they were. */
  reset(zxid: Zxid): void {
    this.#first = this.end;
    this.#head = 0;
    this.#bytesBefore = 0;
    this.#entries = [];
    this.#bytesThrough = [];
    this.#runs = [];
    this.#base = zxid;
    this.#last = zxid;
  }

  /** Drops the oldest entries up to `through` for as long as there are more of them than either limit. */
  trim(through: Zxid, entriesMax: number, bytesMax: number): void {
    const end = this.positionAfter(through) ?? this.#first;
    let position = this.#first;
    while (
      position < end &&
      (this.end - position > entriesMax || this.bytesBetween(position, this.end) > bytesMax)
    ) {
      position += 1;
    }
    if (position > this.#first) this.#drop(position);
  }

  #drop(position: number): void {
    const base = this.zxidBefore(position);
    this.#bytesBefore = this.#bytesBeforePosition(position);
    this.#head += position - this.#first;
    this.#first = position;
    this.#base = base;
    let run = this.#runs[0];
    while (run !== undefined && run.position + run.length <= position) {
      this.#runs.shift();
      run = this.#runs[0];
    }
    if (run !== undefined && run.position < position) {
      const dropped = position - run.position;
      run.position += dropped;
      run.counter += dropped;
      run.length -= dropped;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#bytesThrough = this.#bytesThrough.slice(this.#head);
      this.#head = 0;
    }
  }

  #bytesBeforePosition(position: number): number {
    if (position === this.#first) return this.#bytesBefore;
    return this.#bytesThrough[this.#head + position - this.#first - 1] as number;
  }

  /** The newest run is the one asked for, nearly always. */
  #runOf(epoch: number): Run | undefined {
    for (let i = this.#runs.length - 1; i >= 0; i--) {
      const run = this.#runs[i] as Run;
      if (run.epoch === epoch) return run;
      if (run.epoch < epoch) return undefined;
    }
    return undefined;
  }
}

/** Whether `zxid` may stand right after `last`: counters have no gaps, and epochs begin at 1. */
export function follows(last: Zxid, zxid: Zxid): boolean {
  return zxid === last + 1 || (zxid > last && counterOf(zxid) === 1);
}
