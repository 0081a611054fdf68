import { ByteWriter, type Zxid } from '@conclave/protocol';
import Database from 'better-sqlite3';
import { CorruptCheckpointError } from '../errors.ts';
import { toStorageError } from '../files/sqlite-error.ts';
import { type CheckpointState, readCheckpointState, type StoredRow } from './checkpoint-tables.ts';
import { ROW_BLOCK_BYTES, writeEncodedRow } from './row-codec.ts';
import { RowTally, rowChecksum } from './row-tally.ts';
import { SnapshotEncoder } from './snapshot-codec.ts';

/**
 * Reads the checkpoint as it was when the reader was opened, while writes go on. It has a connection of its own, with an
 * open read transaction. Every row is checked against its checksum, and all rows against the tally.
 */
export class CheckpointReader {
  readonly #file: string;
  readonly #database: Database.Database;
  readonly #rows: IterableIterator<StoredRow>;
  readonly #state: CheckpointState;
  readonly #tally = new RowTally();
  #snapshot: SnapshotEncoder | undefined;
  #ended = false;

  constructor(file: string) {
    this.#file = file;
    this.#database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
    try {
      this.#database.pragma('cache_size = -1024');
      this.#database.exec('BEGIN');
      this.#state = readCheckpointState(this.#database, file);
      this.#rows = this.#database
        .prepare<[], StoredRow>('SELECT key, value, checksum FROM checkpoint ORDER BY key')
        .iterate();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get zxid(): Zxid {
    return this.#state.zxid;
  }

  /** Returns the next block of rows, for `decodeRows`; undefined after the last one. */
  nextRows(): Uint8Array<ArrayBuffer> | undefined {
    const writer = new ByteWriter(4096);
    this.#read(
      () => writer.length < ROW_BLOCK_BYTES,
      (key, value) => writeEncodedRow(writer, key, value),
    );
    return writer.length > 0 ? writer.take() : undefined;
  }

  /** Returns the next chunks of a snapshot; an empty list after the last one. */
  nextChunks(): Uint8Array<ArrayBuffer>[] {
    if (this.#ended) return [];
    this.#snapshot ??= new SnapshotEncoder(this.zxid);
    const snapshot = this.#snapshot;
    this.#read(
      () => !snapshot.full,
      (key, value) => snapshot.add(key, value),
    );
    if (this.#ended) snapshot.end(this.#tally);
    return snapshot.takeChunks();
  }

  close(): void {
    this.#rows.return?.();
    this.#database.close();
  }

  #read(wantsMore: () => boolean, take: (key: Uint8Array, value: Uint8Array) => void): void {
    while (!this.#ended && wantsMore()) {
      const next = this.#nextRow();
      if (next === undefined) {
        this.#ended = true;
        if (!this.#tally.equals(this.#state.tally)) {
          throw new CorruptCheckpointError(this.#file, undefined, 'rows are missing or out of date');
        }
        return;
      }
      this.#mustHaveTypes(next);
      const checksum = rowChecksum(next.key, next.value);
      if (checksum !== next.checksum) {
        const key = new TextDecoder().decode(next.key);
        throw new CorruptCheckpointError(this.#file, key, 'it fails its checksum');
      }
      this.#tally.add(checksum);
      take(next.key, next.value);
    }
  }

  #nextRow(): StoredRow | undefined {
    try {
      const { done, value } = this.#rows.next();
      return done ? undefined : value;
    } catch (error) {
      throw toStorageError(
        error,
        (problem, cause) => new CorruptCheckpointError(this.#file, undefined, problem, { cause }),
      );
    }
  }

  /** In a damaged page, even a strict column can hold a value of any type. */
  #mustHaveTypes({ key, value }: { readonly key: unknown; readonly value: unknown }): void {
    if (key instanceof Uint8Array && value instanceof Uint8Array) return;
    throw new CorruptCheckpointError(this.#file, undefined, 'a row holds something that is not bytes');
  }
}
