import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { StorageError } from './errors.ts';
import type { LogEntry } from './storage.ts';

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
}

/** A change under way. It runs when the disk has done it, or never. */
interface Change {
  readonly apply: (content: MemoryContent) => void;
  readonly done: (error: StorageError | undefined) => void;
}

/** A storage's hold on its disk. After a crash every call is without effect: the process is dead. */
export interface MemoryDiskUse {
  /** `apply` changes the content all at once, or throws before it changes anything. */
  change(apply: Change['apply'], done: Change['done']): void;
  /** Calls once when there is room again. */
  awaitRoom(onRoom: () => void): void;
  release(): void;
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
  };
  readonly #schedule: (run: () => void) => void;
  readonly #underWay = new Set<Change>();
  /** Entries and values of rows; what is written in their place later is sound. */
  readonly #damaged = new WeakSet<LogEntry | Uint8Array>();
  #failure: 'DISK_FULL' | 'IO_ERROR' | undefined;
  #onRoom: (() => void) | undefined;
  #use: MemoryDiskUse | undefined;

  constructor(options: MemoryDiskOptions = {}) {
    this.#schedule = options.schedule ?? queueMicrotask;
  }

  /** Whether a storage has it open. */
  get inUse(): boolean {
    return this.#use !== undefined;
  }

  /**
   * The process dies, or the power fails. The storage that had the disk open never calls back again. Changes under
   * way are lost, or, with `keepUnderWay`, all of them were just done but nobody was told.
   */
  crash(options: { readonly keepUnderWay?: boolean } = {}): void {
    if (options.keepUnderWay && this.#failure === undefined) {
      for (const { apply } of this.#underWay) attempt(() => apply(this.content));
    }
    this.#detach();
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
    const { content } = this;
    content.batches = cutAfter(content.batches, zxid);
    content.lost = true;
  }

  /** Damages a log entry: found when the disk is opened. */
  damageEntry(zxid: Zxid): void {
    this.#mustBeClosed();
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
      change: (apply, done) => this.#change(use, apply, done),
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

  #change(use: MemoryDiskUse, apply: Change['apply'], done: Change['done']): void {
    if (this.#use !== use) return;
    const change: Change = { apply, done };
    this.#underWay.add(change);
    this.#schedule(() => {
      if (!this.#underWay.delete(change)) return;
      done(this.failure() ?? attempt(() => apply(this.content)));
    });
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

function attempt(run: () => void): StorageError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
