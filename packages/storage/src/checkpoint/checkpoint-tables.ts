import { crc32 } from 'node:zlib';
import { ByteWriter, type Zxid } from '@conclave/protocol';
import type Database from 'better-sqlite3';
import { CorruptCheckpointError } from '../errors.ts';
import { hasIntegerColumns } from '../files/integer-columns.ts';
import { RowTally } from './row-tally.ts';

/** The file in the storage's directory. */
export const CHECKPOINT_FILE = 'checkpoint.sqlite';
export const CHECKPOINT_FORMAT = 1;

export interface CheckpointState {
  readonly zxid: Zxid;
  /** A snapshot was installed and the log has not been cleared yet. */
  readonly clearLog: boolean;
  readonly tally: RowTally;
}

export interface StoredRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly checksum: number;
}

interface StateRow {
  readonly zxid: Zxid;
  readonly clearLog: number;
  readonly rows: number;
  readonly checksums: number;
  readonly checksum: number;
}

/** Keys are stored as UTF-8 bytes, so that their order needs no collation and binding them no conversion. */
export function createCheckpointTables(database: Database.Database): void {
  database.exec(`
    CREATE TABLE checkpoint (
      key BLOB PRIMARY KEY,
      value BLOB NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE state (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      zxid INTEGER NOT NULL,
      clearLog INTEGER NOT NULL,
      rows INTEGER NOT NULL,
      checksums INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
  `);
  database
    .prepare('INSERT INTO state VALUES (1, 0, 0, 0, 0, ?)')
    .run(stateChecksum({ zxid: 0, clearLog: 0, rows: 0, checksums: 0 }));
}

/** Throws `CorruptCheckpointError` if the record is missing or fails its checksum. */
export function readCheckpointState(database: Database.Database, file: string): CheckpointState {
  const row = database
    .prepare<[], StateRow>('SELECT zxid, clearLog, rows, checksums, checksum FROM state WHERE id = 1')
    .get();
  if (row === undefined || !hasIntegerColumns(row) || stateChecksum(row) !== row.checksum) {
    throw new CorruptCheckpointError(file, undefined, 'the record of its zxid is damaged or missing');
  }
  return { zxid: row.zxid, clearLog: row.clearLog === 1, tally: new RowTally(row.rows, row.checksums) };
}

export function writeCheckpointState(database: Database.Database, state: CheckpointState): void {
  const { zxid, tally } = state;
  const clearLog = state.clearLog ? 1 : 0;
  const checksum = stateChecksum({ zxid, clearLog, rows: tally.rows, checksums: tally.checksums });
  database
    .prepare('UPDATE state SET zxid = ?, clearLog = ?, rows = ?, checksums = ?, checksum = ? WHERE id = 1')
    .run(zxid, clearLog, tally.rows, tally.checksums, checksum);
}

function stateChecksum(row: {
  readonly zxid: number;
  readonly clearLog: number;
  readonly rows: number;
  readonly checksums: number;
}): number {
  const writer = new ByteWriter(32);
  writer.long(row.zxid);
  writer.long(row.clearLog);
  writer.long(row.rows);
  writer.long(row.checksums);
  return crc32(writer.view());
}
