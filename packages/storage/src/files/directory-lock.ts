import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { DirectoryLockedError } from '../errors.ts';

/**
 * Prevents a second process, or a second storage in this process, from using a directory. It is an exclusive lock on an
 * empty SQLite file. The operating system releases it however the process ends, so there is nothing to clean up.
 */
export class DirectoryLock {
  readonly #database: Database.Database;

  private constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Throws `DirectoryLockedError`. */
  static acquire(directory: string): DirectoryLock {
    const pidFile = join(directory, 'lock.pid');
    const database = new Database(join(directory, 'lock.sqlite'), { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
        throw new DirectoryLockedError(directory, readPid(pidFile));
      }
      throw error;
    }
    try {
      writeFileSync(pidFile, `${process.pid}\n`);
    } catch {
      // The pid only makes the error of the second process more helpful. On a full disk there may be no room for it.
    }
    return new DirectoryLock(database);
  }

  release(): void {
    this.#database.close();
  }
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
