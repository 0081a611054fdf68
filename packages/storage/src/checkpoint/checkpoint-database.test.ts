import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeZxid, ZXID_ZERO } from '@conclave/protocol';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { scratchFolder } from '../../test/scratch.ts';
import { CorruptCheckpointError } from '../errors.ts';
import { CheckpointDatabase } from './checkpoint-database.ts';
import { decodeRows } from './row-codec.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function open(directory: string): CheckpointDatabase {
  return CheckpointDatabase.open({ directory, walBytesMax: 2 ** 23 });
}

/** A closed checkpoint at (1,5) with some hundred rows. */
function checkpointIn(directory: string): void {
  const checkpoint = open(directory);
  checkpoint.begin(false);
  checkpoint.put(
    Array.from({ length: 300 }, (_, i) => ({ key: text(`/${i}`), value: text(`value ${i} `.repeat(9)) })),
  );
  checkpoint.commit(makeZxid(1, 5));
  checkpoint.close();
}

function keysOf(checkpoint: CheckpointDatabase): string[] {
  const reader = checkpoint.openReader();
  try {
    const keys: string[] = [];
    for (let block = reader.nextRows(); block; block = reader.nextRows()) {
      for (const { key } of decodeRows(block)) keys.push(key);
    }
    return keys;
  } finally {
    reader.close();
  }
}

function readAll(directory: string): string[] {
  const checkpoint = open(directory);
  try {
    return keysOf(checkpoint);
  } finally {
    checkpoint.close();
  }
}

function tamper(directory: string, sql: string): void {
  const database = new Database(join(directory, 'checkpoint.sqlite'));
  database.exec(sql);
  database.close();
}

describe('a checkpoint', () => {
  test('counts its rows through inserts, updates and deletions', () => {
    const directory = scratchFolder();
    const checkpoint = open(directory);
    const write = (...rows: [string, string | null][]): void => {
      checkpoint.begin(false);
      checkpoint.put(
        rows.map(([key, value]) => ({ key: text(key), value: value === null ? null : text(value) })),
      );
      checkpoint.commit(ZXID_ZERO);
    };
    write(['/a', '1'], ['/b', '2'], ['/a', '3']);
    write(['/b', null], ['/c', '4'], ['/none', null]);
    write(['/c', '5'], ['/c', null], ['/d', '6']);
    expect(checkpoint.state.tally.rows).toBe(2);
    expect(keysOf(checkpoint)).toEqual(['/a', '/d']);
    checkpoint.close();
  });

  test('is what it was before a write that is not committed', () => {
    const directory = scratchFolder();
    checkpointIn(directory);
    const checkpoint = open(directory);
    for (const replaces of [false, true]) {
      checkpoint.begin(replaces);
      checkpoint.put([{ key: text('/new'), value: text('x') }]);
      expect(keysOf(checkpoint)).toHaveLength(300);
      checkpoint.rollback();
    }
    checkpoint.begin(true);
    checkpoint.put([{ key: text('/new'), value: text('x') }]);
    checkpoint.close();
    expect(readAll(directory)).toHaveLength(300);
  });

  test.each([
    ['a changed value', `UPDATE checkpoint SET value = x'00' WHERE key = CAST('/7' AS BLOB)`, '/7'],
    ['a changed key', `UPDATE checkpoint SET key = CAST('/x' AS BLOB) WHERE key = CAST('/7' AS BLOB)`, '/x'],
    ['a changed checksum', `UPDATE checkpoint SET checksum = 5 WHERE key = CAST('/7' AS BLOB)`, '/7'],
    ['a row missing', `DELETE FROM checkpoint WHERE key = CAST('/7' AS BLOB)`, undefined],
    ['every row missing', 'DELETE FROM checkpoint', undefined],
  ])('with %s is refused', (_name, sql, key) => {
    const directory = scratchFolder();
    checkpointIn(directory);
    tamper(directory, sql);
    expect(() => readAll(directory)).toThrow(CorruptCheckpointError);
    expect(() => readAll(directory)).toThrow(expect.objectContaining({ key }));
  });

  test.each(['UPDATE state SET zxid = 1', 'UPDATE state SET clearLog = 1', 'DELETE FROM state'])(
    'is refused after %s',
    (sql) => {
      const directory = scratchFolder();
      checkpointIn(directory);
      tamper(directory, sql);
      expect(() => open(directory)).toThrow(CorruptCheckpointError);
    },
  );

  test('with overwritten pages is refused, or is intact', () => {
    const directory = scratchFolder();
    checkpointIn(directory);
    const file = join(directory, 'checkpoint.sqlite');
    const sound = readFileSync(file);
    const keys = readAll(directory);
    for (let at = 0; at < sound.length; at += 1_013) {
      const damaged = Buffer.from(sound);
      damaged.fill(0xa5, at, at + 16);
      writeFileSync(file, damaged);
      try {
        expect(readAll(directory), `damage at ${at}`).toEqual(keys);
      } catch (error) {
        expect(error, `damage at ${at}`).toMatchObject({
          code: expect.stringMatching(/^(CORRUPT_CHECKPOINT|UNSUPPORTED_FORMAT)$/),
        });
      }
      writeFileSync(file, sound);
    }
  });
});
