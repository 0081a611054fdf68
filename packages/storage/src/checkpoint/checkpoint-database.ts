import { join } from 'node:path';
import { formatZxid, type Zxid } from '@conclave/protocol';
import type Database from 'better-sqlite3';
import { CorruptCheckpointError, StorageError } from '../errors.ts';
import { openDatabase } from '../files/database-file.ts';
import { toStorageError } from '../files/sqlite-error.ts';
import { CheckpointReader } from './checkpoint-reader.ts';
import {
  CHECKPOINT_FILE,
  CHECKPOINT_FORMAT,
  type CheckpointState,
  createCheckpointTables,
  readCheckpointState,
  writeCheckpointState,
} from './checkpoint-tables.ts';
import type { EncodedRow } from './row-codec.ts';
import { RowTally, rowChecksum } from './row-tally.ts';

const PAGE_BYTES = 8192;

export interface CheckpointDatabaseOptions {
  readonly directory: string;
  readonly walBytesMax: number;
}

/**
 * The checkpoint in its own SQLite file. All methods block. They are called in the checkpoint's thread, so that the log
 * never waits for this work.
 *
 * One write is one transaction of any size: `begin`, any number of `put`, then `commit` (durable when it returns) or
 * `rollback`. Replacing everything is the same, beginning with an empty table. So a crash leaves the old checkpoint or
 * the new one, and there are no files to swap.
 */
export class CheckpointDatabase {
  readonly #file: string;
  readonly #database: Database.Database;
  readonly #begin: Database.Statement<[]>;
  readonly #commitStatement: Database.Statement<[]>;
  readonly #rollbackStatement: Database.Statement<[]>;
  readonly #checksumOf: Database.Statement<[Uint8Array], number>;
  readonly #upsert: Database.Statement<[Uint8Array, Uint8Array, number]>;
  readonly #insert: Database.Statement<[Uint8Array, Uint8Array, number]>;
  readonly #delete: Database.Statement<[Uint8Array]>;
  #state: CheckpointState;
  #write: { readonly replaces: boolean; readonly tally: RowTally } | undefined;

  static open(options: CheckpointDatabaseOptions): CheckpointDatabase {
    const file = join(options.directory, CHECKPOINT_FILE);
    try {
      return new CheckpointDatabase(file, options);
    } catch (error) {
      throw toCheckpointError(error, file);
    }
  }

  private constructor(file: string, options: CheckpointDatabaseOptions) {
    this.#file = file;
    const { database } = openDatabase({
      file,
      format: CHECKPOINT_FORMAT,
      pageBytes: PAGE_BYTES,
      cacheKiB: 16_384,
      exclusive: false,
      walBytesMax: options.walBytesMax,
      create: createCheckpointTables,
    });
    try {
      this.#database = database;
      this.#state = readCheckpointState(database, file);
      this.#begin = database.prepare('BEGIN IMMEDIATE');
      this.#commitStatement = database.prepare('COMMIT');
      this.#rollbackStatement = database.prepare('ROLLBACK');
      this.#checksumOf = database
        .prepare<[Uint8Array], number>('SELECT checksum FROM checkpoint WHERE key = ?')
        .pluck();
      this.#upsert = database.prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)');
      this.#insert = database.prepare('INSERT INTO checkpoint VALUES (?, ?, ?)');
      this.#delete = database.prepare('DELETE FROM checkpoint WHERE key = ?');
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get state(): CheckpointState {
    return this.#state;
  }

  /** Starts a write: a change of the present rows, or with `replaces` an empty table to begin with. */
  begin(replaces: boolean): void {
    if (this.#write !== undefined) throw new StorageError('BUSY', 'the checkpoint is being written already');
    this.#run(() => {
      this.#begin.run();
      if (replaces) this.#database.exec('DELETE FROM checkpoint');
    });
    const { rows, checksums } = replaces ? new RowTally() : this.#state.tally;
    this.#write = { replaces, tally: new RowTally(rows, checksums) };
  }

  put(rows: Iterable<EncodedRow>): void {
    const { replaces, tally } = this.#mustBeWriting();
    this.#run(() => {
      for (const { key, value } of rows) {
        const old = replaces ? undefined : this.#checksumOf.get(key);
        if (old !== undefined) this.#removeFrom(tally, old);
        if (value === null) {
          if (old !== undefined) this.#delete.run(key);
          continue;
        }
        const checksum = rowChecksum(key, value);
        tally.add(checksum);
        (replaces ? this.#insert : this.#upsert).run(key, value, checksum);
      }
    });
  }

  /** The tally of the rows within the present write. */
  get tally(): RowTally {
    return this.#mustBeWriting().tally;
  }

  commit(zxid: Zxid): void {
    const { replaces, tally } = this.#mustBeWriting();
    if (!replaces && zxid < this.#state.zxid) {
      throw new StorageError(
        'OUT_OF_ORDER',
        `a checkpoint at ${formatZxid(zxid)} over one at ${formatZxid(this.#state.zxid)}`,
      );
    }
    const state: CheckpointState = { zxid, clearLog: replaces || this.#state.clearLog, tally };
    this.#run(() => {
      writeCheckpointState(this.#database, state);
      this.#commitStatement.run();
    });
    this.#write = undefined;
    this.#state = state;
  }

  rollback(): void {
    if (this.#write === undefined) return;
    this.#write = undefined;
    if (this.#database.inTransaction) this.#run(() => this.#rollbackStatement.run());
  }

  /** Records that the log was cleared after a snapshot had been installed. */
  logCleared(): void {
    const state: CheckpointState = { ...this.#state, clearLog: false };
    this.#run(() => writeCheckpointState(this.#database, state));
    this.#state = state;
  }

  /** Moves the write-ahead log into the database file, as far as readers allow. */
  checkpoint(): void {
    this.#run(() => this.#database.pragma('wal_checkpoint(TRUNCATE)'));
  }

  /** Opens a consistent view of the present checkpoint, on a connection of its own. */
  openReader(): CheckpointReader {
    return this.#run(() => new CheckpointReader(this.#file));
  }

  close(): void {
    this.rollback();
    this.#database.close();
  }

  #mustBeWriting(): { readonly replaces: boolean; readonly tally: RowTally } {
    if (this.#write) return this.#write;
    throw new StorageError('CLOSED', 'no write of the checkpoint is under way');
  }

  #removeFrom(tally: RowTally, checksum: number): void {
    if (!Number.isSafeInteger(checksum)) {
      throw new CorruptCheckpointError(this.#file, undefined, 'a row holds something that is not a checksum');
    }
    if (tally.rows === 0) {
      throw new CorruptCheckpointError(this.#file, undefined, 'it has more rows than were counted');
    }
    tally.remove(checksum);
  }

  #run<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw toCheckpointError(error, this.#file);
    }
  }
}

function toCheckpointError(error: unknown, file: string): StorageError {
  return toStorageError(
    error,
    (problem, cause) => new CorruptCheckpointError(file, undefined, problem, { cause }),
  );
}
