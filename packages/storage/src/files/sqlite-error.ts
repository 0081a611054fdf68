import { InvariantError } from '@conclave/protocol';
import Database from 'better-sqlite3';
import { brokenInvariant, StorageError } from '../errors.ts';

/**
 * Turns an error of SQLite or the file system into a `StorageError`. `corrupt` makes the error for a damaged file,
 * because only the caller knows which file it is and how far it is sound.
 */
export function toStorageError(
  error: unknown,
  corrupt: (problem: string, cause: unknown) => StorageError,
): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof InvariantError) return brokenInvariant(error);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Database.SqliteError) {
    if (code === 'SQLITE_FULL') return new StorageError('DISK_FULL', message, { cause: error });
    if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') return corrupt(message, error);
    return new StorageError('IO_ERROR', `${code}: ${message}`, { cause: error });
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StorageError('DISK_FULL', message, { cause: error });
  return new StorageError('IO_ERROR', message, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
