import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointLink } from '../checkpoint/checkpoint-messages.ts';
import { StorageError } from '../errors.ts';
import { DirectoryLock } from '../files/directory-lock.ts';
import { ReserveFile } from '../files/reserve-file.ts';
import { toStorageError } from '../files/sqlite-error.ts';
import type { LogLink } from '../log/log-messages.ts';
import { readLogRow } from '../log/log-row.ts';
import { reconcile } from '../reconcile.ts';
import type { LogEntry, Recovered, Storage } from '../storage.ts';
import { fromErrorData } from '../threads/error-transport.ts';
import { WorkerLink } from '../threads/worker-link.ts';
import { SqliteStorage } from './sqlite-storage.ts';
import {
  type ResolvedStorageOptions,
  resolveStorageOptions,
  type StorageOptions,
} from './storage-options.ts';

/**
 * Opens the storage in a directory, or creates a new one there, and recovers its content.
 *
 * Throws `DirectoryLockedError`, `CorruptLogError`, `CorruptCheckpointError`, or a `StorageError` with
 * `UNSUPPORTED_FORMAT`, `DISK_FULL` (also if there is no room for the reserve) or `IO_ERROR`. Nothing stays open or
 * locked then.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const resolved = resolveStorageOptions(options);
  try {
    await mkdir(resolved.directory, { recursive: true });
    const lock = DirectoryLock.acquire(resolved.directory);
    try {
      const reserve = new ReserveFile(resolved.directory, resolved.reserveBytes);
      await reserve.ensure();
      return await openLocked(resolved, lock, reserve);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw toStorageError(error, (problem, cause) => new StorageError('IO_ERROR', problem, { cause }));
  }
}

async function openLocked(
  options: ResolvedStorageOptions,
  lock: DirectoryLock,
  reserve: ReserveFile,
): Promise<Storage> {
  const entries: LogEntry[] = [];
  let storage: SqliteStorage | undefined;
  const log: LogLink = new WorkerLink(
    'log/log-worker',
    (notice) => {
      if (typeof notice === 'number') storage?.handlePersisted(notice);
      else if (notice.type === 'failed') storage?.handleFailure(fromErrorData(notice.error));
      else for (const row of notice.rows) readLogRow(row, entries);
    },
    (error) => storage?.handleFailure(error),
  );
  const checkpoint: CheckpointLink = new WorkerLink(
    'checkpoint/checkpoint-worker',
    () => undefined,
    (error) => storage?.handleFailure(error),
  );
  try {
    const recovered = await recover(options, entries, log, checkpoint);
    storage = new SqliteStorage({ options, lock, reserve, log, checkpoint, recovered });
    return storage;
  } catch (error) {
    await Promise.all([log.terminate(), checkpoint.terminate()]);
    throw error;
  }
}

async function recover(
  options: ResolvedStorageOptions,
  entries: readonly LogEntry[],
  log: LogLink,
  checkpoint: CheckpointLink,
): Promise<Recovered> {
  const { directory, walBytesMax } = options;
  // Wait for both, even if one fails, so that neither is ended in the middle of its recovery.
  const [logOpened, checkpointOpened] = await Promise.allSettled([
    log.request({ type: 'open', directory, walBytesMax }),
    checkpoint.request({ type: 'open', directory, walBytesMax, readerIdleMs: options.snapshotIdleMs }),
  ]);
  if (logOpened.status === 'rejected') throw logOpened.reason;
  if (checkpointOpened.status === 'rejected') throw checkpointOpened.reason;
  const { position, trusted, notes } = logOpened.value;
  const { zxid: checkpointZxid, clearLog } = checkpointOpened.value;
  const clearing = reconcile({
    logFile: join(directory, 'log.sqlite'),
    base: position.base,
    last: position.last,
    entries,
    checkpointZxid,
    clearLog,
  });
  if (clearing) await log.request({ type: 'clear', base: checkpointZxid });
  if (clearLog) await checkpoint.request({ type: 'logCleared' });
  return {
    acceptedEpoch: position.acceptedEpoch,
    currentEpoch: position.currentEpoch,
    checkpointZxid,
    entries: clearing ? [] : entries,
    trusted,
    notes: clearing ? [...notes, clearing] : notes,
  };
}
