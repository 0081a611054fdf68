import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import type { LogEntry } from '../storage.ts';

export interface MemoryDiskOptions {
  /**
   * Runs the end of a disk operation, and so decides how long the disk takes. It must keep the order. Default: the
   * next microtask.
   */
  readonly schedule?: (run: () => void) => void;
}

/** Everything that survives a crash. */
export interface MemoryContent {
  acceptedEpoch: number;
  currentEpoch: number;
  /** The zxid before the first retained entry. */
  base: Zxid;
  /** Each append by itself, since a purge drops whole ones only. */
  batches: (readonly LogEntry[])[];
  checkpointZxid: Zxid;
  rows: Map<string, Uint8Array>;
  /** The checkpoint was replaced and the log is still to be cleared. */
  clearLog: boolean;
  /** An acknowledged operation is gone and no leader has synchronised this server since. */
  lost: boolean;
  /** A crash has left so many bytes of half a write at the log's end. */
  tornBytes: number;
}

/** The two files: each keeps the order of its own writes, and neither knows of the other's. */
export type MemoryFile = 'log' | 'checkpoint';

/** A write. It runs when the disk has done it, or never. */
export interface MemoryChange {
  readonly file: MemoryFile;
  /** What it writes, about. Default: as little as can be. */
  readonly bytes?: number;
  /** Changes the content all at once, or throws before it changes anything. */
  readonly apply: (content: MemoryContent) => void;
  readonly done: (error: StorageError | undefined) => void;
}

/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;
/** No commit of SQLite's writes less: a page. */
const WRITE_BYTES_MIN = 4096;

/** A storage's hold on its disk. After a crash every call is without effect: the process is dead. */
export interface MemoryDiskUse {
  change(change: MemoryChange): void;
  /** Calls once when there is room again. */
  awaitRoom(onRoom: () => void): void;
  release(): void;
}

/** How the process ends, or the machine under it. */
export interface CrashOptions {
  /**
   * How many of the changes under way had just been done although nobody was told; true: all. Default: none, all of
   * them are lost.
   */
  readonly keepUnderWay?: boolean | number;
  /** Of the next of the log's writes this share of its sectors was written, from 0 to 1; never the last. Default: 0. */
  readonly torn?: number;
  /**
   * The power fails, and with it what a disk that lies has still in its memory. Of what it was given since `lie`, this
   * share of each file's writes, from 0 to 1, was written all the same, the oldest first.
   */
  readonly power?: Readonly<Record<MemoryFile, number>>;
}

/** Since when a disk lies: what it held then, and what it only says to have written. */
interface Lie {
  readonly content: MemoryContent;
  readonly changes: MemoryChange[];
}

/**
 * The disk under `openMemoryStorage`. What was persisted outlives `crash`, what was not is lost. Deterministic:
 * nothing happens but by a call or by `schedule`. Its other methods are the faults of real disks, for tests and
 * simulations.
 */
export class MemoryDisk {
  readonly content: MemoryContent = {
    acceptedEpoch: 0,
    currentEpoch: 0,
    base: ZXID_ZERO,
    batches: [],
    checkpointZxid: ZXID_ZERO,
    rows: new Map(),
    clearLog: false,
    lost: false,
    tornBytes: 0,
  };
  readonly #schedule: (run: () => void) => void;
  readonly #underWay = new Set<MemoryChange>();
  /** Entries and values of rows; what is written in their place later is sound. */
  readonly #damaged = new WeakSet<LogEntry | Uint8Array>();
  #failure: 'DISK_FULL' | 'IO_ERROR' | undefined;
  #lie: Lie | undefined;
  #onRoom: (() => void) | undefined;
  #use: MemoryDiskUse | undefined;

  constructor(options: MemoryDiskOptions = {}) {
    this.#schedule = options.schedule ?? queueMicrotask;
  }

  /** Whether a storage has it open. */
  get inUse(): boolean {
    return this.#use !== undefined;
  }

  /** The process dies, or the power fails. The storage that had the disk open never calls back again. */
  crash(options: CrashOptions = {}): void {
    const { keepUnderWay = 0, torn = 0, power } = options;
    let kept = 0;
    let cut: MemoryChange | undefined;
    for (const change of this.#failure === undefined ? this.#underWay : []) {
      if (keepUnderWay === true || kept++ < Number(keepUnderWay)) this.#apply(change);
      else if (change.file === 'log') cut ??= change;
    }
    if (power !== undefined) cut = this.#losePower(power) ?? cut;
    if (cut !== undefined) this.content.tornBytes = tornBytes(cut, torn);
    this.#detach();
  }

  /** From now on writes are said to be durable and are not: a loss of power undoes them. */
  lie(): void {
    const { batches, rows } = this.content;
    this.#lie ??= { content: { ...this.content, batches: [...batches], rows: new Map(rows) }, changes: [] };
  }

  /** What was said to be durable is so at last. */
  endLie(): void {
    this.#lie = undefined;
  }

  /** From now on every write fails, and so does opening. */
  fail(code: 'DISK_FULL' | 'IO_ERROR'): void {
    this.#failure = code;
  }

  /** Writes succeed again; a storage that failed meanwhile is told that there is room. */
  heal(): void {
    this.#failure = undefined;
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    if (onRoom) this.#schedule(onRoom);
  }

  /** Silently loses every log entry after `zxid`, acknowledged or not. Only while no storage has it open. */
  loseAfter(zxid: Zxid): void {
    this.#mustBeClosed();
    this.endLie();
    const { content } = this;
    content.batches = cutAfter(content.batches, zxid);
    content.lost = true;
  }

  /** Damages a log entry, at any time: found when the disk is opened the next time. */
  damageEntry(zxid: Zxid): void {
    for (const batch of this.content.batches) {
      for (const entry of batch) if (entry.zxid === zxid) this.#damaged.add(entry);
    }
  }

  /** Damages a row of the checkpoint: found when it is read. */
  damageRow(key: string): void {
    const value = this.content.rows.get(key);
    if (value !== undefined) this.#damaged.add(value);
  }

  /** For the storage: takes the disk into use; undefined when it is in use. */
  attach(): MemoryDiskUse | undefined {
    if (this.#use) return undefined;
    const use: MemoryDiskUse = {
      change: (change) => this.#change(use, change),
      awaitRoom: (onRoom) => this.#awaitRoom(use, onRoom),
      release: () => {
        if (this.#use === use) this.#detach();
      },
    };
    this.#use = use;
    return use;
  }

  /** For the storage: what a write meets now. */
  failure(): StorageError | undefined {
    if (this.#failure === undefined) return undefined;
    return new StorageError(this.#failure, 'the simulated disk refuses to write');
  }

  isDamaged(content: LogEntry | Uint8Array): boolean {
    return this.#damaged.has(content);
  }

  #change(use: MemoryDiskUse, change: MemoryChange): void {
    if (this.#use !== use) return;
    this.#underWay.add(change);
    this.#schedule(() => {
      if (!this.#underWay.delete(change)) return;
      change.done(this.failure() ?? this.#apply(change));
    });
  }

  #apply(change: MemoryChange): StorageError | undefined {
    const error = attempt(() => change.apply(this.content));
    if (error === undefined) this.#lie?.changes.push(change);
    return error;
  }

  /** Returns the first of the log's writes that is lost. */
  #losePower(kept: Readonly<Record<MemoryFile, number>>): MemoryChange | undefined {
    const lie = this.#lie;
    if (lie === undefined) return undefined;
    this.#lie = undefined;
    Object.assign(this.content, lie.content);
    const left = { log: 0, checkpoint: 0 };
    for (const { file } of lie.changes) left[file]++;
    for (const file of ['log', 'checkpoint'] as const) left[file] = Math.floor(kept[file] * left[file]);
    let cut: MemoryChange | undefined;
    for (const change of lie.changes) {
      const { file, apply } = change;
      if (left[file]-- > 0 && attempt(() => apply(this.content)) === undefined) continue;
      left[file] = 0;
      if (file === 'log') cut ??= change;
    }
    // The mark beside the log has come further than the log.
    if (cut !== undefined) this.content.lost = true;
    return cut;
  }

  #awaitRoom(use: MemoryDiskUse, onRoom: () => void): void {
    if (this.#use !== use) return;
    if (this.#failure === undefined) this.#schedule(onRoom);
    else this.#onRoom = onRoom;
  }

  #detach(): void {
    this.#use = undefined;
    this.#underWay.clear();
    this.#onRoom = undefined;
  }

  #mustBeClosed(): void {
    if (this.#use) throw new Error('the simulated disk is in use');
  }
}

/** The batches without any entry after `zxid`. */
export function cutAfter(batches: readonly (readonly LogEntry[])[], zxid: Zxid): (readonly LogEntry[])[] {
  return batches
    .map((batch) => (endOf(batch) <= zxid ? batch : batch.filter((entry) => entry.zxid <= zxid)))
    .filter((batch) => batch.length > 0);
}

/** The last zxid of a batch, which is never empty. */
export function endOf(batch: readonly LogEntry[]): Zxid {
  return (batch[batch.length - 1] as LogEntry).zxid;
}

/** Whole sectors, and never all of them: a write is there only when its last one is. */
function tornBytes({ bytes = 0 }: MemoryChange, share: number): number {
  const sectors = Math.ceil(Math.max(bytes, WRITE_BYTES_MIN) / SECTOR_BYTES);
  return Math.floor(share * (sectors - 1)) * SECTOR_BYTES;
}

function attempt(run: () => void): StorageError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
