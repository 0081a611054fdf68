import { formatZxid, unreachable, type Zxid } from '@conclave/protocol';
import type { CheckpointLink } from '../checkpoint/checkpoint-messages.ts';
import { CHECKPOINT_FILE } from '../checkpoint/checkpoint-tables.ts';
import { decodeRows, encodeRows } from '../checkpoint/row-codec.ts';
import { brokenInvariant, StorageError, type StorageErrorCode } from '../errors.ts';
import type { DirectoryLock } from '../files/directory-lock.ts';
import { directoryUsage } from '../files/directory-usage.ts';
import type { ReserveFile } from '../files/reserve-file.ts';
import { Hold } from '../hold.ts';
import type { EncodedBatch, EncodedOperation, LogLink } from '../log/log-messages.ts';
import { encodeLogRows } from '../log/log-row.ts';
import { Mutex } from '../mutex.ts';
import { PendingBatches } from '../pending-batches.ts';
import type {
  CheckpointRow,
  CheckpointRows,
  PersistBatch,
  PersistOperation,
  Recovered,
  Snapshot,
  SnapshotInstall,
  Storage,
  StorageUsage,
} from '../storage.ts';
import { SnapshotChunks } from './snapshot-chunks.ts';
import { SqliteInstall } from './sqlite-install.ts';
import type { ResolvedStorageOptions } from './storage-options.ts';

export interface SqliteStorageParts {
  readonly options: ResolvedStorageOptions;
  readonly lock: DirectoryLock;
  readonly reserve: ReserveFile;
  readonly log: LogLink;
  readonly checkpoint: CheckpointLink;
  readonly recovered: Recovered;
}

/** `Storage` on two SQLite files, each with a thread of its own. `openStorage` makes it. */
export class SqliteStorage implements Storage {
  readonly recovered: Recovered;
  onPersisted: (sequence: number) => void = () => undefined;
  onFailure: (error: StorageError) => void = () => undefined;
  onRoom: () => void = () => undefined;

  readonly #options: ResolvedStorageOptions;
  readonly #lock: DirectoryLock;
  readonly #reserve: ReserveFile;
  readonly #log: LogLink;
  readonly #checkpoint: CheckpointLink;
  /** The checkpoint's one write transaction. */
  readonly #writing = new Mutex();
  /** Batches go to the log through this hold, because they must wait while it is cleared. */
  readonly #batches = new Hold<EncodedBatch>((batch) => this.#log.post(batch, buffersOf(batch)));
  #checkpointZxid: Zxid;
  readonly #pending = new PendingBatches();
  #install: SqliteInstall | undefined;
  #failure: StorageError | undefined;
  #cancelPoll: (() => void) | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteStorageParts) {
    this.#options = parts.options;
    this.#lock = parts.lock;
    this.#reserve = parts.reserve;
    this.#log = parts.log;
    this.#checkpoint = parts.checkpoint;
    this.recovered = parts.recovered;
    this.#checkpointZxid = parts.recovered.checkpointZxid;
  }

  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  get checkpointZxid(): Zxid {
    return this.#checkpointZxid;
  }

  submit(batch: PersistBatch): void {
    this.#mustNotBeClosed();
    if (this.#failure) return;
    this.#pending.mustFollow(batch.sequence);
    const operations = batch.operations.map((operation) => this.#encode(operation));
    const encoded: EncodedBatch = { sequence: batch.sequence, operations };
    const bytes = bytesOf(encoded);
    if (this.#pending.bytes + bytes > this.#options.pendingBytesMax) {
      this.handleFailure(
        new StorageError('QUEUE_FULL', `${this.#pending.bytes} bytes wait for the disk already`),
      );
      return;
    }
    this.#pending.add(batch.sequence, bytes);
    this.#batches.pass(encoded);
  }

  async *readCheckpoint(): AsyncGenerator<readonly CheckpointRow[]> {
    const { reader } = await this.#checkpoint.request({ type: 'openReader' });
    try {
      for (;;) {
        const block = await this.#checkpoint.request({ type: 'readRows', reader });
        if (block === undefined) return;
        yield decodeRows(block);
      }
    } finally {
      await this.#checkpoint.request({ type: 'closeReader', reader }).catch(() => undefined);
    }
  }

  async writeCheckpoint(rows: CheckpointRows, zxid: Zxid): Promise<void> {
    const release = await this.#writing.acquire();
    try {
      this.#mustNotBeClosed();
      if (zxid < this.#checkpointZxid) {
        throw new StorageError(
          'OUT_OF_ORDER',
          `a checkpoint at ${formatZxid(zxid)} over one at ${formatZxid(this.#checkpointZxid)}`,
        );
      }
      await this.#checkpoint.request({ type: 'begin' });
      for await (const chunk of rows) {
        for (const block of encodeRows(chunk)) {
          await this.#checkpoint.request({ type: 'rows', block }, [block.buffer]);
        }
      }
      await this.#commitCheckpoint(zxid);
    } catch (error) {
      await this.#checkpoint.request({ type: 'rollback' }).catch(() => undefined);
      throw this.noteCheckpointError(error);
    } finally {
      release();
    }
  }

  async purge(through: Zxid): Promise<void> {
    this.#mustNotBeClosed();
    if (through > this.#checkpointZxid) {
      throw new StorageError(
        'OUT_OF_ORDER',
        `purge through ${formatZxid(through)}, but the checkpoint ends at ${formatZxid(this.#checkpointZxid)}`,
      );
    }
    await this.#log.request({ type: 'purge', through });
  }

  async readSnapshot(options: { readonly signal?: AbortSignal } = {}): Promise<Snapshot> {
    this.#mustNotBeClosed();
    options.signal?.throwIfAborted();
    const { reader, zxid } = await this.#checkpoint.request({ type: 'openReader' });
    return { zxid, chunks: new SnapshotChunks(this.#checkpoint, reader, options.signal) };
  }

  installSnapshot(zxid: Zxid): SnapshotInstall {
    this.#mustNotBeClosed();
    if (this.#install) throw new StorageError('BUSY', 'a snapshot is being installed already');
    this.#install = new SqliteInstall(zxid, this.#writing, this.#log, this.#checkpoint, {
      holding: (run) => this.#batches.during(run),
      replaced: () => {
        this.#checkpointZxid = zxid;
      },
      ended: (error) => {
        this.#install = undefined;
        if (error) this.noteCheckpointError(error);
      },
    });
    return this.#install;
  }

  usage(): Promise<StorageUsage> {
    return directoryUsage(this.#options.directory, CHECKPOINT_FILE);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Every batch up to `sequence` is durable. */
  handlePersisted(sequence: number): void {
    try {
      this.#pending.persisted(sequence);
    } catch (error) {
      this.handleFailure(brokenInvariant(error));
    }
    if (!this.#closed && !this.#failure) this.onPersisted(sequence);
  }

  /** The first failure ends the log. Later failures follow from it, and are ignored. */
  handleFailure(error: StorageError): void {
    if (this.#failure || this.#closed) return;
    this.#failure = error;
    if (error.recoverable) {
      this.#releaseReserve();
      this.#pollRoom();
    }
    this.onFailure(error);
  }

  /** After an I/O error the checkpoint's connection must not be used again either. A full disk only delays it. */
  noteCheckpointError(error: unknown): StorageError {
    if (!(error instanceof StorageError)) throw error;
    if (ENDS_THE_LOG.has(error.code)) this.handleFailure(error);
    return error;
  }

  #encode(operation: PersistOperation): EncodedOperation {
    switch (operation.type) {
      case 'append':
        return { type: 'append', rows: encodeLogRows(operation.entries) };
      case 'truncate':
        this.#mustKeepCheckpointed(operation.after);
        return operation;
      case 'epochs':
        return operation;
      default:
        return unreachable(operation);
    }
  }

  async #close(): Promise<void> {
    this.#cancelPoll?.();
    await this.#install?.abort();
    await this.#batches.over();
    await Promise.allSettled([
      this.#log.request({ type: 'close' }),
      this.#checkpoint.request({ type: 'close' }),
    ]);
    await Promise.all([this.#log.terminate(), this.#checkpoint.terminate()]);
    this.#lock.release();
  }

  /** The log is made durable first, so that the checkpoint can be ahead of it only if the log has really ended. */
  async #commitCheckpoint(zxid: Zxid): Promise<void> {
    const logEnd = await this.#log.request({ type: 'flush' });
    if (logEnd < this.#checkpointZxid) {
      throw new StorageError(
        'INVARIANT_BROKEN',
        `the log ends at ${formatZxid(logEnd)}, before the checkpoint at ${formatZxid(this.#checkpointZxid)}`,
      );
    }
    if (zxid <= logEnd) {
      await this.#checkpoint.request({ type: 'commit', zxid });
      this.#checkpointZxid = zxid;
      return;
    }
    await this.#batches.during(async () => {
      await this.#checkpoint.request({ type: 'commit', zxid });
      this.#checkpointZxid = zxid;
      // A crash before this is done does no harm, because opening finds the log behind the checkpoint and clears it.
      await this.#log.request({ type: 'clear', base: zxid });
    });
  }

  #releaseReserve(): void {
    try {
      this.#reserve.release();
    } catch {
      // If the disk answers everything with errors, the reserve does not help.
    }
  }

  #pollRoom(): void {
    this.#cancelPoll = this.#options.schedule(() => void this.#lookForRoom(), this.#options.pollRoomMs);
  }

  async #lookForRoom(): Promise<void> {
    const restored = await this.#reserve.tryRestore();
    if (this.#closed) return;
    if (restored) this.onRoom();
    else this.#pollRoom();
  }

  #mustKeepCheckpointed(after: Zxid): void {
    if (after >= this.#checkpointZxid) return;
    throw new StorageError(
      'OUT_OF_ORDER',
      `truncate after ${formatZxid(after)}, but the checkpoint ends at ${formatZxid(this.#checkpointZxid)}`,
    );
  }

  #mustNotBeClosed(): void {
    if (this.#closed) throw new StorageError('CLOSED', 'the storage is closed');
  }
}

const ENDS_THE_LOG: ReadonlySet<StorageErrorCode> = new Set([
  'IO_ERROR',
  'WORKER_FAILED',
  'INVARIANT_BROKEN',
]);

function buffersOf(batch: EncodedBatch): ArrayBuffer[] {
  return batch.operations.flatMap((operation) =>
    operation.type === 'append' ? operation.rows.map((row) => row.buffer) : [],
  );
}

function bytesOf(batch: EncodedBatch): number {
  let bytes = 0;
  for (const operation of batch.operations) {
    if (operation.type === 'append') for (const row of operation.rows) bytes += row.length;
  }
  return bytes;
}
