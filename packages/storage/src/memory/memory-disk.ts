import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { StorageError } from '../errors.ts';
import type { LogEntry } from '../storage.ts';

export interface MemoryDiskOptions {
  /**
   * Runs the end of a disk operation, and so decides how long the disk takes. It must keep the order. Default: in the
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
  /** Each append by itself, because a purge drops whole ones only. */
  batches: (readonly LogEntry[])[];
  checkpointZxid: Zxid;
  rows: Map<string, Uint8Array>;
  /** The checkpoint was replaced and the log is still to be cleared. */
  clearLog: boolean;
  /** An acknowledged operation is gone and no leader has synchronised this server since. */
  lost: boolean;
  /** The bytes of an incomplete write that a crash has left at the log's end. */
  tornBytes: number;
}

/** The two files. Each keeps the order of its own writes, independently of the other. */
export type MemoryFile = 'log' | 'checkpoint';

/** A write. It is applied when the disk has done it, or never. */
export interface MemoryChange {
  readonly file: MemoryFile;
  /** About how many bytes it writes. Default: as few as possible. */
  readonly bytes?: number;
  /** Changes the content all at once, or throws before it changes anything. */
  readonly apply: (content: MemoryContent) => void;
  readonly done: (error: StorageError | undefined) => void;
}

/** A disk writes this many bytes entirely or not at all. */
const SECTOR_BYTES = 512;
/** The least that a commit of SQLite writes: a page. */
const WRITE_BYTES_MIN = 4096;

/** A storage's use of its disk. After a crash, a call has no effect, because the process is dead. */
export interface MemoryDiskUse {
  change(change: MemoryChange): void;
  /** Calls once when there is room again. */
  awaitRoom(onRoom: () => void): void;
  release(): void;
}

/** How the process ends, or the machine under it. */
export interface CrashOptions {
  /**
   * How many of the changes under way had just been done, although the storage was not informed; `true` means all.
   * Default: none, so that all of them are lost.
   */
  readonly keepUnderWay?: boolean | number;
  /** The share of sectors written of the log's next write, from 0 to 1. The last sector never is. Default: 0. */
  readonly torn?: number;
  /**
   * The power fails, and a disk that lies loses the writes in its memory. Of the writes since `lie`, this share for each
   * file, from 0 to 1, was written all the same, the oldest first.
   */
  readonly power?: Readonly<Record<MemoryFile, number>>;
}

/** The content of a disk when it began to lie, and the changes that it has only claimed to have written since. */
interface Lie {
  readonly content: MemoryContent;
  readonly changes: MemoryChange[];
}

/**
 * The disk under `openMemoryStorage`. Persisted changes survive `crash`, and all others are lost. It is deterministic:
 * everything happens by a call or by `schedule`. The other methods are the faults of real disks, for tests and
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
  /** Damaged entries and values of rows. Content that is written in their place later is sound. */
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

  /** Ends the process, or the power. The storage that had the disk open never calls back again. */
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

  /** From now on the disk claims that writes are durable, but a loss of power undoes them. */
  lie(): void {
    const { batches, rows } = this.content;
    this.#lie ??= { content: { ...this.content, batches: [...batches], rows: new Map(rows) }, changes: [] };
  }

  /** Makes durable what the disk had only claimed to have written. */
  endLie(): void {
    this.#lie = undefined;
  }

  /** From now on every write and every opening fails. */
  fail(code: 'DISK_FULL' | 'IO_ERROR'): void {
    this.#failure = code;
  }

  /** Writes succeed again. A storage that failed meanwhile is informed that there is room. */
  heal(): void {
    this.#failure = undefined;
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    if (onRoom) this.#schedule(onRoom);
  }

  /** Silently loses every log entry after `zxid`, acknowledged or not. It may only be called while the disk is closed. */
  loseAfter(zxid: Zxid): void {
    this.#mustBeClosed();
    this.endLie();
    const { content } = this;
    content.batches = cutAfter(content.batches, zxid);
    content.lost = true;
  }

  /** Damages a log entry, at any time. The damage is found when the disk is opened the next time. */
  damageEntry(zxid: Zxid): void {
    for (const batch of this.content.batches) {
      for (const entry of batch) if (entry.zxid === zxid) this.#damaged.add(entry);
    }
  }

  /** Damages a row of the checkpoint. The damage is found when the row is read. */
  damageRow(key: string): void {
    const value = this.content.rows.get(key);
    if (value !== undefined) this.#damaged.add(value);
  }

  /** For the storage: takes the disk into use. Returns undefined if it is in use already. */
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

  /** For the storage: the error that a write gets now. */
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

  /** Returns the first write of the log that is lost. */
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
    // The mark beside the log is ahead of the log.
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

/** Returns the batches without the entries after `zxid`. */
export function cutAfter(batches: readonly (readonly LogEntry[])[], zxid: Zxid): (readonly LogEntry[])[] {
  return batches
    .map((batch) => (endOf(batch) <= zxid ? batch : batch.filter((entry) => entry.zxid <= zxid)))
    .filter((batch) => batch.length > 0);
}

/** The last zxid of a batch, which is never empty. */
export function endOf(batch: readonly LogEntry[]): Zxid {
  return (batch[batch.length - 1] as LogEntry).zxid;
}

/** Returns whole sectors, and never all of them, because a write counts only if its last sector is there. */
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
