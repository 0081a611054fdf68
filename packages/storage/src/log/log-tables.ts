import { crc32 } from 'node:zlib';
import { ByteWriter, type Zxid } from '@conclave/protocol';
import type Database from 'better-sqlite3';

export const LOG_FORMAT = 1;

/** The position of the log. Invariant: `base <= last`, and they are equal exactly when there is no row. */
export interface LogPosition {
  /** The zxid before the first retained entry. */
  base: Zxid;
  /** The zxid of the last entry. */
  last: Zxid;
  acceptedEpoch: number;
  currentEpoch: number;
  /** The number of the last transaction. */
  commit: number;
}

export interface LogRow {
  readonly last: Zxid;
  readonly entries: Uint8Array;
}

export interface LogStateRow extends Omit<LogPosition, 'last'> {
  readonly checksum: number;
}

export interface LogStatements {
  readonly begin: Database.Statement<[]>;
  readonly commit: Database.Statement<[]>;
  readonly rollback: Database.Statement<[]>;
  readonly insertRow: Database.Statement<[Zxid, Uint8Array]>;
  readonly deleteRow: Database.Statement<[Zxid]>;
  readonly deleteAfter: Database.Statement<[number]>;
  readonly deleteThrough: Database.Statement<[Zxid]>;
  readonly firstRowAfter: Database.Statement<[number], LogRow>;
  readonly lastEnd: Database.Statement<[], Zxid>;
  readonly endsThrough: Database.Statement<[Zxid, number], Zxid>;
  readonly readState: Database.Statement<[], LogStateRow>;
  readonly writeState: Database.Statement<[number, number, number, number, number]>;
}

/**
 * `log` has one row for a batch, keyed by its last zxid (see log-row.ts). `state` has one row with everything
 * that is not an entry; `commitNumber` is that of the last transaction that wrote it.
 */
export function createLogTables(database: Database.Database): void {
  database.exec(`
    CREATE TABLE log (last INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT;
    CREATE TABLE state (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      base INTEGER NOT NULL,
      acceptedEpoch INTEGER NOT NULL,
      currentEpoch INTEGER NOT NULL,
      commitNumber INTEGER NOT NULL,
      checksum INTEGER NOT NULL
    ) STRICT;
  `);
  const checksum = stateChecksum({ base: 0, acceptedEpoch: 0, currentEpoch: 0, commit: 0 });
  database.prepare('INSERT INTO state VALUES (1, 0, 0, 0, 0, ?)').run(checksum);
}

export function prepareLogStatements(database: Database.Database): LogStatements {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    insertRow: database.prepare('INSERT INTO log VALUES (?, ?)'),
    deleteRow: database.prepare('DELETE FROM log WHERE last = ?'),
    deleteAfter: database.prepare('DELETE FROM log WHERE last > ?'),
    deleteThrough: database.prepare('DELETE FROM log WHERE last <= ?'),
    firstRowAfter: database.prepare('SELECT last, entries FROM log WHERE last > ? ORDER BY last LIMIT 1'),
    lastEnd: database.prepare<[], Zxid>('SELECT last FROM log ORDER BY last DESC LIMIT 1').pluck(),
    endsThrough: database
      .prepare<[Zxid, number], Zxid>('SELECT last FROM log WHERE last <= ? ORDER BY last LIMIT ?')
      .pluck(),
    readState: database.prepare(
      'SELECT base, acceptedEpoch, currentEpoch, commitNumber AS "commit", checksum FROM state WHERE id = 1',
    ),
    writeState: database.prepare(
      'UPDATE state SET base = ?, acceptedEpoch = ?, currentEpoch = ?, commitNumber = ?, checksum = ? WHERE id = 1',
    ),
  };
}

/** Protects the row of `state`, like the checksums within a batch protect a row of `log`. */
export function stateChecksum(state: { [K in keyof Omit<LogPosition, 'last'>]: number }): number {
  const writer = new ByteWriter(32);
  writer.long(state.base);
  writer.long(state.acceptedEpoch);
  writer.long(state.currentEpoch);
  writer.long(state.commit);
  return crc32(writer.view());
}
