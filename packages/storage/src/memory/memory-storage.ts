import { formatZxid, type Zxid } from '@conclave/protocol';
import { decodeRows, encodeRows } from '../checkpoint/row-codec.ts';
import { brokenInvariant, DirectoryLockedError, StorageError } from '../errors.ts';
import { Hold } from '../hold.ts';
import { Mutex } from '../mutex.ts';
import { PendingBatches } from '../pending-batches.ts';
import type {
  CheckpointRow,
  CheckpointRows,
  LogEntry,
  PersistBatch,
  Recovered,
  Snapshot,
  SnapshotInstall,
  Storage,
  StorageUsage,
} from '../storage.ts';
import type { MemoryContent, MemoryDisk, MemoryDiskUse } from './memory-disk.ts';
import { MemoryInstall } from './memory-install.ts';
import { applyBatches, clearBatches, endOfLog, purgeBatches } from './memory-log.ts';
import { recoverMemory } from './memory-recovery.ts';
import { rowBlocks, snapshotChunks, sortedRows } from './memory-rows.ts';

interface Task {
  readonly apply: (content: MemoryContent) => void;
  readonly done: (error: StorageError | undefined) => void;
}

/**
 * Opens the in-memory twin of the storage on SQLite: the same contract on a `MemoryDisk`, without threads, files or
 * timers. Throws `DirectoryLockedError` if the disk is in use, `CorruptLogError`, and the errors of the disk.
 */
export async function openMemoryStorage(disk: MemoryDisk): Promise<Storage> {
  const use = disk.attach();
  if (use === undefined) throw new DirectoryLockedError('the simulated disk', undefined);
  try {
    const failure = disk.failure();
    if (failure) throw failure;
    return new MemoryStorage(disk, use, recoverMemory(disk));
  } catch (error) {
    use.release();
    throw error;
  }
}

class MemoryStorage implements Storage {
  readonly recovered: Recovered;
  onPersisted: (sequence: number) => void = () => undefined;
  onFailure: (error: StorageError) => void = () => undefined;
  onRoom: () => void = () => undefined;

  readonly #disk: MemoryDisk;
  readonly #use: MemoryDiskUse;
  readonly #writing = new Mutex();
  /** Batches go to the log through this hold, because they must wait while it is cleared. */
  readonly #batches = new Hold<PersistBatch>((batch) => this.#enqueue(batch));
  /** The work that the disk has not begun yet, in order. */
  #queue: (PersistBatch | Task)[] = [];
  #busy = false;
  readonly #pending = new PendingBatches();
  #failure: StorageError | undefined;
  #install: MemoryInstall | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(disk: MemoryDisk, use: MemoryDiskUse, recovered: Recovered) {
    this.#disk = disk;
    this.#use = use;
    this.recovered = recovered;
  }

  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  get checkpointZxid(): Zxid {
    return this.#disk.content.checkpointZxid;
  }

  submit(batch: PersistBatch): void {
    this.#mustNotBeClosed();
    if (this.#failure) return;
    this.#pending.mustFollow(batch.sequence);
    const copy = copyOf(batch);
    for (const operation of copy.operations) {
      if (operation.type === 'truncate' && operation.after < this.checkpointZxid) {
        throw new StorageError(
          'OUT_OF_ORDER',
          `truncate after ${formatZxid(operation.after)}, below the checkpoint`,
        );
      }
    }
    this.#pending.add(copy.sequence, bytesOf(copy));
    this.#batches.pass(copy);
  }

  async *readCheckpoint(): AsyncGenerator<readonly CheckpointRow[]> {
    this.#mustNotBeClosed();
    for (const block of rowBlocks(sortedRows(this.#disk))) yield decodeRows(block);
  }

  async writeCheckpoint(rows: CheckpointRows, zxid: Zxid): Promise<void> {
    const release = await this.#writing.acquire();
    try {
      this.#mustNotBeClosed();
      if (zxid < this.checkpointZxid) {
        throw new StorageError(
          'OUT_OF_ORDER',
          `a checkpoint at ${formatZxid(zxid)}, below the one that is there`,
        );
      }
      const changed = new Map<string, Uint8Array | undefined>();
      for await (const chunk of rows) {
        for (const block of encodeRows(chunk)) {
          for (const { key, value } of decodeRows(block)) changed.set(key, value);
        }
      }
      await this.#logTask(() => undefined);
      await this.#commitCheckpoint(changed, zxid);
    } finally {
      release();
    }
  }

  async purge(through: Zxid): Promise<void> {
    this.#mustNotBeClosed();
    if (through > this.checkpointZxid) {
      throw new StorageError('OUT_OF_ORDER', `purge through ${formatZxid(through)}, beyond the checkpoint`);
    }
    await this.#logTask((content) => purgeBatches(content, through));
  }

  async readSnapshot(options: { readonly signal?: AbortSignal } = {}): Promise<Snapshot> {
    this.#mustNotBeClosed();
    options.signal?.throwIfAborted();
    const zxid = this.checkpointZxid;
    // The values are never changed in place, so the sorted list is a consistent image.
    return { zxid, chunks: snapshotChunks(zxid, sortedRows(this.#disk), options.signal) };
  }

  installSnapshot(zxid: Zxid): SnapshotInstall {
    this.#mustNotBeClosed();
    if (this.#install) throw new StorageError('BUSY', 'a snapshot is being installed already');
    this.#install = new MemoryInstall(zxid, this.#writing, {
      holding: (run) => this.#batches.during(run),
      replace: (rows) => this.#replace(rows, zxid),
      ended: () => {
        this.#install = undefined;
      },
    });
    return this.#install;
  }

  usage(): Promise<StorageUsage> {
    const { batches, rows } = this.#disk.content;
    let bytes = 0;
    for (const batch of batches) for (const { payload } of batch) bytes += payload.length;
    for (const value of rows.values()) bytes += value.length;
    return Promise.resolve({ bytes, checkpointMs: undefined });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #commitCheckpoint(changed: Map<string, Uint8Array | undefined>, zxid: Zxid): Promise<void> {
    const commit = (): Promise<void> =>
      this.#checkpointChange((content) => {
        for (const [key, value] of changed) {
          if (value === undefined) content.rows.delete(key);
          else content.rows.set(key, value);
        }
        content.checkpointZxid = zxid;
      });
    if (zxid <= endOfLog(this.#disk.content)) {
      await commit();
      return;
    }
    await this.#batches.during(async () => {
      await commit();
      await this.#logTask((content) => clearBatches(content, zxid));
    });
  }

  /** The three steps of an install. A crash may come before each of them. */
  async #replace(rows: Map<string, Uint8Array>, zxid: Zxid): Promise<void> {
    await this.#checkpointChange((content) => {
      content.rows = new Map(rows);
      content.checkpointZxid = zxid;
      content.clearLog = true;
    });
    await this.#logTask((content) => clearBatches(content, zxid));
    await this.#checkpointChange((content) => {
      content.clearLog = false;
    });
  }

  /** Changes the checkpoint. This does not wait for the log. */
  async #checkpointChange(apply: (content: MemoryContent) => void): Promise<void> {
    const error = await new Promise<StorageError | undefined>((resolve) =>
      this.#use.change({ file: 'checkpoint', apply, done: resolve }),
    );
    if (error === undefined) return;
    if (error.code === 'IO_ERROR') this.#fail(error);
    throw error;
  }

  /** Does a task on the log after the batches that were submitted before it. */
  #logTask(apply: (content: MemoryContent) => void): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#enqueue({ apply, done: (error) => (error ? reject(error) : resolve()) });
    });
  }

  #enqueue(item: PersistBatch | Task): void {
    if (this.#failure) return;
    this.#queue.push(item);
    this.#work();
  }

  /** Starts the next disk operation: all batches up to the next task together, or one task. */
  #work(): void {
    const [first] = this.#queue;
    if (this.#busy || first === undefined) return;
    this.#busy = true;
    if ('apply' in first) {
      this.#queue.shift();
      const done = (error: StorageError | undefined): void => {
        first.done(error);
        this.#worked(error);
      };
      this.#use.change({ file: 'log', apply: first.apply, done });
      return;
    }
    const batches: PersistBatch[] = [];
    for (const item of this.#queue) {
      if ('apply' in item) break;
      batches.push(item);
    }
    this.#queue.splice(0, batches.length);
    this.#use.change({
      file: 'log',
      bytes: batches.reduce((sum, batch) => sum + bytesOf(batch), 0),
      apply: (content) => applyBatches(content, batches),
      done: (error) => this.#worked(error ?? this.#persisted(batches)),
    });
  }

  #worked(error: StorageError | undefined): void {
    this.#busy = false;
    if (error) this.#fail(error);
    else this.#work();
  }

  /** Returns an error if the report contradicts the batches that were submitted. */
  #persisted(batches: readonly PersistBatch[]): StorageError | undefined {
    const sequence = batches[batches.length - 1]?.sequence;
    if (sequence === undefined) return undefined;
    try {
      this.#pending.persisted(sequence);
    } catch (error) {
      return brokenInvariant(error);
    }
    if (!this.#failure && !this.#closed) this.onPersisted(sequence);
    return undefined;
  }

  #fail(error: StorageError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const item of this.#queue.splice(0)) if ('apply' in item) item.done(error);
    if (this.#closed) return;
    if (error.recoverable) {
      this.#use.awaitRoom(() => {
        if (!this.#closed) this.onRoom();
      });
    }
    this.onFailure(error);
  }

  async #close(): Promise<void> {
    await this.#install?.abort();
    await this.#batches.over();
    await this.#logTask(() => undefined).catch(() => undefined);
    this.#use.release();
  }

  #mustNotBeClosed(): void {
    if (this.#closed) throw new StorageError('CLOSED', 'the storage is closed');
  }
}

/** The caller may reuse the memory of its payloads. */
function copyOf(batch: PersistBatch): PersistBatch {
  const copyEntry = ({ zxid, payload }: LogEntry): LogEntry => ({ zxid, payload: new Uint8Array(payload) });
  const operations = batch.operations.map((operation) =>
    operation.type === 'append'
      ? { type: operation.type, entries: operation.entries.map(copyEntry) }
      : operation,
  );
  return { sequence: batch.sequence, operations };
}

function bytesOf(batch: PersistBatch): number {
  let bytes = 0;
  for (const operation of batch.operations) {
    if (operation.type === 'append') for (const { payload } of operation.entries) bytes += payload.length;
  }
  return bytes;
}
