import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import { countFrames } from './write-ahead-log.ts';

export interface DatabaseFileOptions {
  readonly file: string;
  /** The version of the tables, kept as SQLite's `user_version`. */
  readonly format: number;
  readonly pageBytes: number;
  readonly cacheKiB: number;
  /** Allows one connection only, without a shared memory file. */
  readonly exclusive: boolean;
  readonly walBytesMax: number;
  readonly create: (database: Database.Database) => void;
}

export interface DatabaseFile {
  readonly database: Database.Database;
  /** The bytes dropped from the end of the write-ahead log, because they were not a whole transaction. */
  readonly cutBytes: number;
}

/**
 * Opens or creates a SQLite file with commits that are durable when they return. Everything recovered from its
 * write-ahead log has been written and fsynced again before this returns. This is needed because a process that was
 * killed between its write and its fsync leaves pages in the kernel's cache only, and no later write may rely on those.
 */
export function openDatabase(options: DatabaseFileOptions): DatabaseFile {
  const run = countFrames(`${options.file}-wal`);
  // A connection that waited for another one of the same thread would wait for ever.
  const database = new Database(options.file, { timeout: 0 });
  try {
    database.pragma(`page_size = ${options.pageBytes}`);
    if (options.exclusive) database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    // These two matter on macOS only, where a plain fsync leaves the data in the drive's cache.
    database.pragma('fullfsync = ON');
    database.pragma('checkpoint_fullfsync = ON');
    database.pragma(`cache_size = -${options.cacheKiB}`);
    database.pragma('wal_autocheckpoint = 0');
    database.pragma(`journal_size_limit = ${2 * options.walBytesMax}`);
    const kept = committedFrames(database);
    createOrCheck(database, options);
    database.pragma('wal_checkpoint(TRUNCATE)');
    syncDirectory(dirname(options.file));
    const cutBytes =
      run.frames > kept ? (run.frames - kept) * run.frameBytes + run.partialBytes : run.partialBytes;
    return { database, cutBytes };
  } catch (error) {
    database.close();
    throw error;
  }
}

function committedFrames(database: Database.Database): number {
  const result = database.pragma('wal_checkpoint(PASSIVE)') as readonly { readonly log: number }[];
  return result[0]?.log ?? 0;
}

function createOrCheck(database: Database.Database, options: DatabaseFileOptions): void {
  const found = database.pragma('user_version', { simple: true });
  if (found === options.format) return;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (found !== 0 || tables !== 0) {
    throw new StorageError(
      'UNSUPPORTED_FORMAT',
      `${options.file} has format ${found}; this version reads ${options.format}`,
    );
  }
  database.transaction(() => {
    options.create(database);
    database.pragma(`user_version = ${options.format}`);
  })();
}

/** Makes the names of newly created files durable. Windows has no such call, and its file systems do not need it. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
