import type { Zxid } from '@conclave/protocol';
import type { StorageError } from './errors.ts';

/** A proposal in the log: storage neither reads nor changes the payload. */
export interface LogEntry {
  readonly zxid: Zxid;
  readonly payload: Uint8Array;
}

export type PersistOperation =
  | { readonly type: 'append'; readonly entries: readonly LogEntry[] }
  /** Removes every entry after `after`. */
  | { readonly type: 'truncate'; readonly after: Zxid }
  | { readonly type: 'epochs'; readonly acceptedEpoch: number; readonly currentEpoch: number };

/** One atomic, durable unit: after a crash, either all of its operations are on disk or none of them. */
export interface PersistBatch {
  /** Grows with every batch. `onPersisted` reports it. */
  readonly sequence: number;
  readonly operations: readonly PersistOperation[];
}

/** A finding that opening the storage has dealt with. It deserves one line in the server's log. */
export type RecoveryNote =
  /**
   * Bytes at the end of the log were not a whole batch and were removed. `interrupted-commit`: the write of a
   * batch was cut short by a crash. `checksum`: the last batch does not match its checksum.
   */
  | {
      readonly type: 'torn-tail-cut';
      readonly afterZxid: Zxid;
      /** Undefined if it is no longer known. */
      readonly entries: number | undefined;
      readonly bytes: number;
      readonly reason: 'interrupted-commit' | 'checksum';
    }
  /** The log ends before what had been reported as persisted: see `Recovered.trusted`. */
  | { readonly type: 'acknowledged-entries-lost'; readonly logEnd: Zxid; readonly durableMark: Zxid }
  /** Entries had been lost in an earlier life and no leader has synchronised this server since. */
  | { readonly type: 'still-untrusted' }
  /** There is a log, but no mark to compare it with. An operator may have removed the mark to accept the log as it is. */
  | { readonly type: 'mark-missing' }
  | { readonly type: 'mark-unreadable' }
  /** The whole log was older than the checkpoint, and was removed. */
  | { readonly type: 'log-behind-checkpoint'; readonly logEnd: Zxid; readonly checkpointZxid: Zxid }
  /** A crash came between the two steps of a snapshot install. The second step has now been done. */
  | { readonly type: 'snapshot-install-finished'; readonly checkpointZxid: Zxid };

/** The content of the disk when the storage was opened. */
export interface Recovered {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly checkpointZxid: Zxid;
  /** The whole retained log in order; it may begin before `checkpointZxid`, and ends at or after it unless empty. */
  readonly entries: readonly LogEntry[];
  /**
   * False if an operation that had been reported as persisted is gone. Such a server may have acknowledged entries that
   * it no longer has, so it must not count towards a quorum before a leader has synchronised it. It stays false over
   * restarts until an `epochs` operation with `acceptedEpoch === currentEpoch` is persisted, which precedes the
   * acknowledgement of NEWLEADER (Zab, DSN 2011, phase 2).
   */
  readonly trusted: boolean;
  readonly notes: readonly RecoveryNote[];
}

export interface CheckpointRow {
  readonly key: string;
  /** Undefined deletes the row. */
  readonly value: Uint8Array | undefined;
}

export type CheckpointRows = AsyncIterable<readonly CheckpointRow[]> | Iterable<readonly CheckpointRow[]>;

/** A consistent image of the durable checkpoint in checksummed chunks of at most `SNAPSHOT_CHUNK_BYTES_MAX`. */
export interface Snapshot {
  readonly zxid: Zxid;
  /**
   * May be iterated once. It holds a read transaction, which keeps the checkpoint's write-ahead log from being reused.
   * Leaving the loop, the signal, or a minute without a read releases it.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Receives the chunks of another server's `Snapshot`. Nothing of it is visible before `commit`. */
export interface SnapshotInstall {
  /**
   * Resolves when the chunk is taken. Wait for it before the next one. Throws `CORRUPT_SNAPSHOT` if a check fails. Only
   * `abort` may be called then.
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Replaces the checkpoint atomically, then removes every log entry. Batches that are submitted while it runs are
   * persisted after it. A crash before it resolves leaves the old state or the new one.
   */
  commit(): Promise<void>;
  /** Leaves everything as it was. Idempotent. After `commit` it only waits until the commit is over. */
  abort(): Promise<void>;
}

/** The size and the age of a storage's files, for monitoring. */
export interface StorageUsage {
  /** The bytes of all files: the log, the checkpoint, and the files that belong to them. */
  readonly bytes: number;
  /** When the durable checkpoint was last written, in milliseconds since 1970. Undefined where that is not known. */
  readonly checkpointMs: number | undefined;
}

/**
 * The durable part of a server: the log with the epochs, and the checkpoint. It has one owner in one event loop. The
 * disk's work is done in other threads, and its results are reported here.
 */
export interface Storage {
  readonly recovered: Recovered;

  /** The bytes that were submitted and are not yet persisted. */
  readonly pendingBytes: number;

  /** The zxid of the durable checkpoint. */
  readonly checkpointZxid: Zxid;

  /** Called when the batches up to and including this sequence are on disk. Set it before the first `submit`. */
  onPersisted: (sequence: number) => void;

  /** Called at most once. After it, nothing is persisted or reported until the storage is closed and opened again. */
  onFailure: (error: StorageError) => void;

  /** Called once, some time after a recoverable failure, when there is room again: close and open the storage then. */
  onRoom: () => void;

  /**
   * Returns the rows in the order of their keys' UTF-8 bytes, in chunks of 256 KiB or at most a row more.
   * Throws `CorruptCheckpointError`.
   */
  readCheckpoint(): AsyncIterable<readonly CheckpointRow[]>;

  /**
   * Queues a batch. Batches become durable in order. Payloads are copied before it returns. All batches that wait for
   * the disk share one transaction and one fsync.
   *
   * Entries must continue the log: within an epoch the counter grows by one, and a new epoch starts at counter 1. An
   * operation that contradicts the log is refused through `onFailure` with `OUT_OF_ORDER`. Throws `OUT_OF_ORDER` if the
   * sequence does not grow, or if a truncation would remove what the checkpoint holds.
   */
  submit(batch: PersistBatch): void;

  /**
   * Applies the rows that changed since the last checkpoint in one transaction with `zxid`, and resolves when it is
   * durable. Batches that were submitted before are made durable first. If `zxid` is beyond the end of the log (the disk
   * had failed, and the other servers committed without it), the log is cleared and the next entry follows `zxid`.
   *
   * Rejects with `DISK_FULL` (the checkpoint is as before, and may be tried again), with `OUT_OF_ORDER` (the zxid is
   * lower than the checkpoint's), or with the error that ended the log.
   */
  writeCheckpoint(rows: CheckpointRows, zxid: Zxid): Promise<void>;

  /**
   * Drops the batches of the log that lie entirely at or before `through`. A few entries before it may stay, because
   * only whole batches are dropped. Rejects with `OUT_OF_ORDER` if `through` is beyond the durable checkpoint.
   */
  purge(through: Zxid): Promise<void>;

  /** Rejects with `BUSY` if too many snapshots are being read already. Writing goes on meanwhile. */
  readSnapshot(options?: { readonly signal?: AbortSignal }): Promise<Snapshot>;

  /** Starts to receive a checkpoint that replaces this server's whole state. Throws `BUSY` if one is under way. */
  installSnapshot(zxid: Zxid): SnapshotInstall;

  /** Measures the files. It never rejects: a file that cannot be read counts as nothing. */
  usage(): Promise<StorageUsage>;

  /** Waits for the submitted batches, then releases the directory. Idempotent. No callback is called after it. */
  close(): Promise<void>;
}
