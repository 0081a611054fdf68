import { formatZxid, InvariantError, type Zxid } from '@conclave/protocol';

/**
 * - `DISK_FULL`, `IO_ERROR`: the disk refused a write. Only batches that were reported as persisted may be acknowledged.
 * - `WORKER_FAILED`: a storage thread died; as `IO_ERROR` for the owner.
 * - `QUEUE_FULL`: more was submitted than `pendingBytesMax` allows.
 * - `CORRUPT_LOG`, `CORRUPT_CHECKPOINT`: the content of the disk is not what was written. It needs an operator, or a new
 *   copy of the state from the ensemble.
 * - `CORRUPT_SNAPSHOT`: a received snapshot did not pass its checks. Nothing was changed.
 * - `DIRECTORY_LOCKED`: another process (or another open storage) owns the directory.
 * - `UNSUPPORTED_FORMAT`: the files were written by another program, or by a newer version.
 * - `OUT_OF_ORDER`: an operation contradicts the batches before it. This is a programmer's error.
 * - `INVARIANT_BROKEN`: the storage contradicts itself, so its state is not to be trusted. The process must stop.
 * - `BAD_ROW`: a row or an entry is too large, or a key is not well-formed Unicode.
 * - `BUSY`: too many snapshots are being read, or an install is under way.
 * - `SNAPSHOT_EXPIRED`: a snapshot's reader was idle for too long and its read transaction was released.
 * - `CLOSED`: the storage (or this install) was closed or aborted, or has failed before.
 */
export type StorageErrorCode =
  | 'DISK_FULL'
  | 'IO_ERROR'
  | 'WORKER_FAILED'
  | 'QUEUE_FULL'
  | 'CORRUPT_LOG'
  | 'CORRUPT_CHECKPOINT'
  | 'CORRUPT_SNAPSHOT'
  | 'DIRECTORY_LOCKED'
  | 'UNSUPPORTED_FORMAT'
  | 'OUT_OF_ORDER'
  | 'INVARIANT_BROKEN'
  | 'BAD_ROW'
  | 'BUSY'
  | 'SNAPSHOT_EXPIRED'
  | 'CLOSED';

/** An error of the storage. Switch on `code`; `message` is for people. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether closing and opening again can help once the cause is gone. `Storage.onRoom` is called when it is. */
  get recoverable(): boolean {
    switch (this.code) {
      case 'DISK_FULL':
      case 'IO_ERROR':
      case 'WORKER_FAILED':
      case 'QUEUE_FULL':
        return true;
      default:
        return false;
    }
  }
}

/** Returns an `InvariantError` in the storage's terms. Throws every other error again. */
export function brokenInvariant(error: unknown): StorageError {
  if (!(error instanceof InvariantError)) throw error;
  return new StorageError('INVARIANT_BROKEN', error.message, { cause: error });
}

/** The log is damaged before its end, or a part of it is missing. The storage never skips or repairs it by itself. */
export class CorruptLogError extends StorageError {
  override readonly name = 'CorruptLogError';
  readonly file: string;
  /** The log is sound up to here. */
  readonly afterZxid: Zxid;
  readonly problem: string;

  constructor(file: string, afterZxid: Zxid, problem: string, options?: ErrorOptions) {
    super('CORRUPT_LOG', `${file}: after ${formatZxid(afterZxid)}: ${problem}`, options);
    this.file = file;
    this.afterZxid = afterZxid;
    this.problem = problem;
  }
}

/** The checkpoint is damaged: a row fails its checksum, rows are missing, or SQLite cannot read the file. */
export class CorruptCheckpointError extends StorageError {
  override readonly name = 'CorruptCheckpointError';
  readonly file: string;
  /** The damaged row, if it is a single one. */
  readonly key: string | undefined;
  readonly problem: string;

  constructor(file: string, key: string | undefined, problem: string, options?: ErrorOptions) {
    super('CORRUPT_CHECKPOINT', `${file}: ${key === undefined ? '' : `row "${key}": `}${problem}`, options);
    this.file = file;
    this.key = key;
    this.problem = problem;
  }
}

export class DirectoryLockedError extends StorageError {
  override readonly name = 'DirectoryLockedError';
  readonly directory: string;
  /** The process that has it open, if it could be read. */
  readonly ownerPid: number | undefined;

  constructor(directory: string, ownerPid: number | undefined) {
    const owner = ownerPid === undefined ? 'another process' : `process ${ownerPid}`;
    super('DIRECTORY_LOCKED', `${directory} is in use by ${owner}`);
    this.directory = directory;
    this.ownerPid = ownerPid;
  }
}
