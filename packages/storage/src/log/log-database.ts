import { join } from 'node:path';
import { formatZxid, InvariantError, unreachable, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import type Database from 'better-sqlite3';
import { CorruptLogError, StorageError } from '../errors.ts';
import { openDatabase } from '../files/database-file.ts';
import { toStorageError } from '../files/sqlite-error.ts';
import { DurableMark } from './durable-mark.ts';
import type { EncodedBatch, LogRecovery } from './log-messages.ts';
import { recoverLog } from './log-recovery.ts';
import { checkLogRow, cutLogRow, sealLogRow } from './log-row.ts';
import {
  createLogTables,
  LOG_FORMAT,
  type LogPosition,
  type LogStatements,
  prepareLogStatements,
  stateChecksum,
} from './log-tables.ts';

const PAGE_BYTES = 8192;

export interface LogDatabaseOptions {
  readonly directory: string;
  readonly walBytesMax: number;
}

/**
 * The log and the epochs in one SQLite file. All methods block. They are called in the log's thread.
 *
 * A batch is one row, so that the cost of a commit does not grow with its entries. The epochs, the base and everything
 * else that is not an append are in the single row of `state`. Every method that writes is one transaction, durable
 * (write-ahead log, `synchronous=FULL`) when it returns. A method that throws has changed nothing. But after an I/O
 * error the connection must not be used again, because it is unknown what the kernel did with the failed write.
 */
export class LogDatabase {
  readonly recovery: LogRecovery;
  readonly #database: Database.Database;
  readonly #file: string;
  readonly #mark: DurableMark;
  readonly #walBytesMax: number;
  readonly #statements: LogStatements;
  readonly #position: LogPosition;
  #lost: boolean;
  #walBytes = 0;

  /** Hands every retained row to `onRow`, in order. Throws `CorruptLogError` and other `StorageError`s. */
  static open(options: LogDatabaseOptions, onRow: (row: Uint8Array) => void): LogDatabase {
    const file = join(options.directory, 'log.sqlite');
    try {
      return new LogDatabase(file, options, onRow);
    } catch (error) {
      throw toLogError(error, file, ZXID_ZERO);
    }
  }

  private constructor(file: string, options: LogDatabaseOptions, onRow: (row: Uint8Array) => void) {
    this.#file = file;
    this.#walBytesMax = options.walBytesMax;
    const { database, cutBytes } = openDatabase({
      file,
      format: LOG_FORMAT,
      pageBytes: PAGE_BYTES,
      cacheKiB: 2048,
      // A connection without neighbours keeps the index of its write-ahead log in its own memory.
      exclusive: true,
      walBytesMax: options.walBytesMax,
      create: createLogTables,
    });
    let mark: DurableMark | undefined;
    try {
      this.#database = database;
      this.#statements = prepareLogStatements(database);
      const opened = DurableMark.open(join(options.directory, 'log.mark'));
      mark = opened.mark;
      const found = recoverLog({
        file,
        statements: this.#statements,
        mark: opened.state,
        cutBytes,
        onRow,
      });
      this.#mark = mark;
      this.#position = found.position;
      this.#lost = found.lost;
      // Written and fsynced before anything is changed. If the finding itself were lost in a crash, the log could not be
      // distinguished from a sound one after the changes below.
      this.#writeMark();
      this.#mark.sync();
      const { damagedRow } = found;
      if (damagedRow !== undefined) {
        this.#commit(() => {
          this.#statements.deleteRow.run(damagedRow);
          this.#writeState();
        });
      }
      this.recovery = { position: { ...found.position }, trusted: !found.lost, notes: found.notes };
    } catch (error) {
      mark?.close();
      database.close();
      throw error;
    }
  }

  get last(): Zxid {
    return this.#position.last;
  }

  /** Makes the batches durable in one transaction: all of them or none. */
  apply(batches: readonly EncodedBatch[]): void {
    // A transaction that writes nothing would give the mark a number that the log does not have.
    if (!batches.some(writesSomething)) return;
    let regainsTrust = false;
    this.#commit(() => {
      let stateChanged = false;
      for (const batch of batches) {
        for (const operation of batch.operations) {
          switch (operation.type) {
            case 'append':
              for (const row of operation.rows) this.#append(row);
              break;
            case 'truncate':
              this.#truncate(operation.after);
              stateChanged = true;
              break;
            case 'epochs':
              this.#setEpochs(operation.acceptedEpoch, operation.currentEpoch);
              regainsTrust ||= operation.acceptedEpoch === operation.currentEpoch;
              stateChanged = true;
              break;
            default:
              unreachable(operation);
          }
        }
      }
      if (stateChanged) this.#writeState();
    });
    if (regainsTrust && this.#lost) {
      this.#lost = false;
      this.#writeMark();
      this.#mark.sync();
    }
  }

  /** Drops at most `rowsMax` rows that end at or before `through`. Returns whether there are more. */
  purge(through: Zxid, rowsMax: number): boolean {
    const ends = this.#read(() => this.#statements.endsThrough.all(through, rowsMax + 1));
    const newBase = ends[Math.min(rowsMax, ends.length) - 1];
    if (newBase === undefined) return false;
    this.#commit(() => {
      this.#statements.deleteThrough.run(newBase);
      this.#position.base = newBase;
      this.#writeState();
    });
    return ends.length > rowsMax;
  }

  /** Removes every entry. The next one follows `base`. */
  clear(base: Zxid): void {
    this.#commit(() => {
      this.#statements.deleteAfter.run(-1);
      this.#position.base = base;
      this.#position.last = base;
      this.#writeState();
    });
  }

  /**
   * Moves the write-ahead log into the database file if it has grown to its limit. It is not part of `apply`, so that
   * the acknowledgement of a batch does not wait for it.
   */
  checkpointIfDue(): void {
    if (this.#walBytes < this.#walBytesMax) return;
    this.#read(() => this.#database.pragma('wal_checkpoint(PASSIVE)'));
    this.#walBytes = 0;
  }

  close(): void {
    try {
      this.#database.close();
    } finally {
      this.#mark.close();
    }
  }

  #append(row: Uint8Array): void {
    const position = this.#position;
    const last = sealLogRow(row, position.last, position.commit);
    this.#statements.insertRow.run(last, row);
    position.last = last;
    this.#walBytes += row.length + PAGE_BYTES;
  }

  #truncate(after: Zxid): void {
    const position = this.#position;
    if (after >= position.last) return;
    if (after < position.base) {
      throw new StorageError(
        'OUT_OF_ORDER',
        `truncate after ${formatZxid(after)}, but the log begins after ${formatZxid(position.base)}`,
      );
    }
    const straddling = this.#statements.firstRowAfter.get(after);
    this.#statements.deleteAfter.run(after);
    position.last = this.#statements.lastEnd.get() ?? position.base;
    if (straddling === undefined) return;
    const check = checkLogRow(straddling.entries);
    if (!check.sound) throw new CorruptLogError(this.#file, position.last, check.problem);
    if (check.first > after) return;
    const kept = cutLogRow(straddling.entries, after, position.commit);
    const keptCheck = checkLogRow(kept);
    if (!keptCheck.sound) throw new CorruptLogError(this.#file, position.last, keptCheck.problem);
    this.#statements.insertRow.run(keptCheck.last, kept);
    position.last = keptCheck.last;
  }

  #setEpochs(acceptedEpoch: number, currentEpoch: number): void {
    const position = this.#position;
    if (acceptedEpoch < position.acceptedEpoch || currentEpoch < position.currentEpoch) {
      throw new StorageError(
        'OUT_OF_ORDER',
        `epochs ${acceptedEpoch}/${currentEpoch} after ${position.acceptedEpoch}/${position.currentEpoch}`,
      );
    }
    position.acceptedEpoch = acceptedEpoch;
    position.currentEpoch = currentEpoch;
  }

  /** Runs one transaction, then writes the mark. After a failure the position and the file are as before. */
  #commit(change: () => void): void {
    const before = { ...this.#position };
    try {
      this.#statements.begin.run();
      this.#position.commit++;
      change();
      this.#check(before);
      this.#statements.commit.run();
      this.#walBytes += PAGE_BYTES;
      this.#writeMark();
    } catch (error) {
      Object.assign(this.#position, before);
      if (this.#database.inTransaction) this.#rollback();
      throw toLogError(error, this.#file, before.last);
    }
  }

  /** Checked before the transaction is committed, so that a broken invariant leaves the file as it was. */
  #check(before: LogPosition): void {
    const { base, last, acceptedEpoch, currentEpoch } = this.#position;
    if (last < base) throw new InvariantError(`the log ends at ${last}, before its base ${base}`);
    if (acceptedEpoch < before.acceptedEpoch || currentEpoch < before.currentEpoch) {
      throw new InvariantError(`the epochs go back to ${acceptedEpoch}/${currentEpoch}`);
    }
  }

  /** The mark must not claim what is not durable yet. */
  #writeMark(): void {
    if (this.#database.inTransaction)
      throw new InvariantError('the durable mark is ahead of its transaction');
    this.#mark.write(this.#position.commit, this.#position.last, this.#lost);
  }

  #rollback(): void {
    try {
      this.#statements.rollback.run();
    } catch {
      // The first error is reported. Closing the connection rolls back as well.
    }
  }

  #read<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw toLogError(error, this.#file, this.#position.last);
    }
  }

  #writeState(): void {
    const { base, acceptedEpoch, currentEpoch, commit } = this.#position;
    const checksum = stateChecksum(this.#position);
    this.#statements.writeState.run(base, acceptedEpoch, currentEpoch, commit, checksum);
  }
}

function writesSomething({ operations }: EncodedBatch): boolean {
  return operations.some((operation) => operation.type !== 'append' || operation.rows.length > 0);
}

function toLogError(error: unknown, file: string, afterZxid: Zxid): StorageError {
  return toStorageError(error, (problem, cause) => new CorruptLogError(file, afterZxid, problem, { cause }));
}
