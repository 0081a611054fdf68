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

/** One atomic, durable unit: after a crash all of its operations are there or none is. */
export interface PersistBatch {
  /** Grows with every batch; what `onPersisted` reports. */
  readonly sequence: number;
  readonly operations: readonly PersistOperation[];
}

/** Something that opening the storage found and dealt with; worth one line in the server's log. */
export type RecoveryNote =
  /**
   * Bytes at the end of the log were not a whole batch and were removed. `interrupted-commit`: the write of a
   * batch was cut short by a crash. `checksum`: the last batch does not match its checksum.
   */
  | {
      readonly type: 'torn-tail-cut';
      readonly afterZxid: Zxid;
      /** Undefined when it cannot be told any more. */
      readonly entries: number | undefined;
      readonly bytes: number;
      readonly reason: 'interrupted-commit' | 'checksum';
    }
  /** The log ends before what had been reported as persisted: see `Recovered.trusted`. */
  | { readonly type: 'acknowledged-entries-lost'; readonly logEnd: Zxid; readonly durableMark: Zxid }
  /** Entries had been lost in an earlier life and no leader has synchronised this server since. */
  | { readonly type: 'still-untrusted' }
  /** There is a log but no mark to hold it against; an operator may have removed it to accept the log as it is. */
  | { readonly type: 'mark-missing' }
  | { readonly type: 'mark-unreadable' }
  /** The whole log is older than the checkpoint; it was removed. */
  | { readonly type: 'log-behind-checkpoint'; readonly logEnd: Zxid; readonly checkpointZxid: Zxid }
  /** A crash came between the two steps of a snapshot install; the second one was done now. */
  | { readonly type: 'snapshot-install-finished'; readonly checkpointZxid: Zxid };

/** What the disk held when the storage was opened. */
export interface Recovered {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly checkpointZxid: Zxid;
  /** The whole retained log in order; it may begin before `checkpointZxid`, and ends at or after it unless empty. */
  readonly entries: readonly LogEntry[];
  /**
   * False when an operation that had been reported as persisted is gone. Such a server may have acknowledged
   * what it no longer has, so it must not count towards a quorum before a leader has synchronised it. Stays
   * false over restarts until an `epochs` operation with `acceptedEpoch === currentEpoch` is persisted: the one
   * under the acknowledgement of NEWLEADER (Zab, DSN 2011, phase 2).
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
   * To be iterated once. It holds a read transaction, which keeps the checkpoint's write-ahead log from being
   * reused: leaving the loop, the signal, or a minute without a read releases it.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Receives the chunks of another server's `Snapshot`. Nothing is visible before `commit`. */
export interface SnapshotInstall {
  /**
   * Resolves when the chunk is taken; wait for it before the next one. Throws `CORRUPT_SNAPSHOT` when a check
   * fails; only `abort` is of use then.
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Replaces the checkpoint atomically, then removes every log entry. Batches submitted while it runs are
   * persisted after it. A crash before it resolves leaves the old state or the new one.
   */
  commit(): Promise<void>;
  /** Leaves everything as it was; idempotent. After `commit` it only waits until that is over. */
  abort(): Promise<void>;
}

/** What a storage takes up, for monitoring. */
export interface StorageUsage {
  /** Bytes of everything that is stored: the log, the checkpoint and what belongs to them. */
  readonly bytes: number;
  /** When the durable checkpoint was last written, in milliseconds since 1970. Undefined where that is not known. */
  readonly checkpointMs: number | undefined;
}

/**
 * The durable part of a server: the log with the epochs, and the checkpoint. One owner, one event loop; the
 * disk's work is done elsewhere and reported back.
 */
export interface Storage {
  readonly recovered: Recovered;

  /** Bytes submitted and not yet persisted. */
  readonly pendingBytes: number;

  /** The zxid of the durable checkpoint. */
  readonly checkpointZxid: Zxid;

  /** Batches up to and including this sequence are on disk. Set by the owner before the first `submit`. */
  onPersisted: (sequence: number) => void;

  /** Called once. Nothing more is persisted or reported after it until the storage is closed and opened again. */
  onFailure: (error: StorageError) => void;

  /** Called once, some time after a recoverable failure: a reserve file could be written; close and open again. */
  onRoom: () => void;

  /**
   * Rows in the order of their keys' UTF-8 bytes, in chunks of 256 KiB or at most a row more.
   * Throws `CorruptCheckpointError`.
   */
  readCheckpoint(): AsyncIterable<readonly CheckpointRow[]>;

  /**
   * Queues a batch; batches become durable in order. Payloads are copied before it returns. All batches that
   * wait for the disk share one transaction and one fsync.
   *
   * Entries must continue the log: within an epoch the counter grows by one, a new epoch starts at counter 1.
   * What contradicts the log is refused through `onFailure` with `OUT_OF_ORDER`.
   */
  submit(batch: PersistBatch): void;

  /**
   * Applies the rows that changed since the last checkpoint in one transaction with `zxid`, and resolves when it
   * is durable; what was submitted before is made durable first. A `zxid` beyond the end of the log (the disk had
   * failed, and others committed without it) replaces the log: it is cleared, and the next entry follows `zxid`.
   *
   * Rejects with `DISK_FULL` (the checkpoint is as before, and may be tried again), `OUT_OF_ORDER` (a lower zxid
   * than the checkpoint's) or the error that ended the log.
   */
  writeCheckpoint(rows: CheckpointRows, zxid: Zxid): Promise<void>;

  /**
   * Drops the stretches of the log that lie entirely at or before `through`, a batch at a time, so a few entries
   * before it may stay. Rejects with `OUT_OF_ORDER` when `through` is beyond the durable checkpoint.
   */
  purge(through: Zxid): Promise<void>;

  /** Rejects with `BUSY` when too many are being read already. Writing goes on meanwhile. */
  readSnapshot(options?: { readonly signal?: AbortSignal }): Promise<Snapshot>;

  /** Starts to receive a checkpoint that replaces this server's whole state. One at a time (`BUSY`). */
  installSnapshot(zxid: Zxid): SnapshotInstall;

  /** Looks at what is stored. It never rejects: what cannot be looked at counts as nothing. */
  usage(): Promise<StorageUsage>;

  /** Waits for what was submitted, then lets go of the directory. Idempotent; no callback comes after it. */
  close(): Promise<void>;
}
