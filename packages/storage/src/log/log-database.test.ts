import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeZxid, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import Database from 'better-sqlite3';
import { describe, expect, test, vi } from 'vitest';
import { append, batch, entries, plain, zxidsOf } from '../../test/entries.ts';
import { scratchFolder } from '../../test/scratch.ts';
import { CorruptLogError } from '../errors.ts';
import type { LogEntry, PersistBatch, PersistOperation } from '../storage.ts';
import { LogDatabase } from './log-database.ts';
import type { EncodedBatch } from './log-messages.ts';
import { encodeLogRows, readLogRow } from './log-row.ts';

const WAL_BYTES_MAX = 1024 * 1024;

function encoded({ sequence, operations }: PersistBatch): EncodedBatch {
  return {
    sequence,
    operations: operations.map((operation) =>
      operation.type === 'append' ? { type: 'append', rows: encodeLogRows(operation.entries) } : operation,
    ),
  };
}

function open(directory: string): { log: LogDatabase; found: LogEntry[] } {
  const found: LogEntry[] = [];
  const log = LogDatabase.open({ directory, walBytesMax: WAL_BYTES_MAX }, (row) => readLogRow(row, found));
  return { log, found };
}

/** A log with one batch, and so one row, for each of the operations. */
function logOf(directory: string, ...operations: PersistOperation[]): void {
  const { log } = open(directory);
  for (const [i, operation] of operations.entries()) log.apply([encoded(batch(i + 1, operation))]);
  log.close();
}

/** Opens the log and closes it again. */
function reopen(directory: string) {
  const { log, found } = open(directory);
  log.close();
  return { ...log.recovery, found };
}

/** Changes the closed file behind the storage's back. */
function tamper(directory: string, change: (database: Database.Database) => void): void {
  const database = new Database(join(directory, 'log.sqlite'));
  change(database);
  database.close();
}

function flipByte(database: Database.Database, last: Zxid, at: number): void {
  const row = database.prepare<[Zxid], Buffer>('SELECT entries FROM log WHERE last = ?').pluck().get(last);
  if (row === undefined) throw new Error('no such row');
  row[at] = (row[at] ?? 0) ^ 0x40;
  database.prepare('UPDATE log SET entries = ? WHERE last = ?').run(row, last);
}

const threeBatches = [append(1, 1, 4), append(1, 5, 8), append(2, 1, 3)];
const ends = [makeZxid(1, 4), makeZxid(1, 8), makeZxid(2, 3)] as const;

describe('the log', () => {
  test('of a new directory is empty and trusted', () => {
    expect(reopen(scratchFolder())).toEqual({
      position: { base: ZXID_ZERO, last: ZXID_ZERO, acceptedEpoch: 0, currentEpoch: 0, commit: 0 },
      trusted: true,
      notes: [],
      found: [],
    });
  });

  test('holds what was applied, in order', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const { found, trusted, notes, position } = reopen(directory);
    expect(plain(found)).toEqual(plain([...entries(1, 1, 8), ...entries(2, 1, 3)]));
    expect({ trusted, notes, last: position.last }).toEqual({ trusted: true, notes: [], last: ends[2] });
  });

  test('applies all batches of a transaction or none', () => {
    const directory = scratchFolder();
    const { log } = open(directory);
    log.apply([encoded(batch(1, append(1, 1, 4)))]);
    const good = batch(2, append(1, 5, 6), { type: 'epochs', acceptedEpoch: 5, currentEpoch: 4 });
    const bad = batch(3, append(1, 9, 9));
    expect(() => log.apply([encoded(good), encoded(bad)])).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER' }),
    );
    log.apply([encoded(batch(4, append(1, 5, 5)))]);
    log.close();
    const { found, position } = reopen(directory);
    expect(zxidsOf(found)).toEqual(zxidsOf(entries(1, 1, 5)));
    expect(position).toMatchObject({ acceptedEpoch: 0, currentEpoch: 0 });
  });

  test('keeps epochs and entries of one batch together', () => {
    const directory = scratchFolder();
    logOf(directory, append(1, 1, 2));
    const { log } = open(directory);
    log.apply([
      encoded(
        batch(1, { type: 'truncate', after: makeZxid(1, 1) }, append(2, 1, 2), {
          type: 'epochs',
          acceptedEpoch: 2,
          currentEpoch: 2,
        }),
      ),
    ]);
    log.close();
    const { found, position } = reopen(directory);
    expect(zxidsOf(found)).toEqual([makeZxid(1, 1), makeZxid(2, 1), makeZxid(2, 2)]);
    expect(position).toMatchObject({ acceptedEpoch: 2, currentEpoch: 2, last: makeZxid(2, 2) });
  });

  test('is not marked by a batch without content', () => {
    const directory = scratchFolder();
    logOf(directory, append(1, 1, 2), { type: 'append', entries: [] });
    expect(reopen(directory)).toMatchObject({ trusted: true, notes: [], position: { commit: 1 } });
  });

  test('refuses epochs that go back', () => {
    const { log } = open(scratchFolder());
    log.apply([encoded(batch(1, { type: 'epochs', acceptedEpoch: 3, currentEpoch: 2 }))]);
    for (const [acceptedEpoch, currentEpoch] of [
      [2, 2],
      [3, 1],
    ] as const) {
      expect(() => log.apply([encoded(batch(2, { type: 'epochs', acceptedEpoch, currentEpoch }))])).toThrow(
        expect.objectContaining({ code: 'OUT_OF_ORDER' }),
      );
    }
    log.close();
  });

  test.each([
    ...entries(1, 1, 8).map(({ zxid }) => zxid),
    makeZxid(1, 100),
    makeZxid(2, 1),
    makeZxid(2, 2),
    makeZxid(2, 3),
    makeZxid(7, 1),
  ])('truncated after %i ends there and goes on from there', (after) => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches, { type: 'truncate', after });
    const kept = [...entries(1, 1, 8), ...entries(2, 1, 3)].filter(({ zxid }) => zxid <= after);
    expect(plain(reopen(directory).found)).toEqual(plain(kept));
    logOf(directory, append(9, 1, 2));
    expect(zxidsOf(reopen(directory).found)).toEqual(zxidsOf([...kept, ...entries(9, 1, 2)]));
  });

  test('truncated at its base is empty', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches, { type: 'truncate', after: ZXID_ZERO });
    expect(reopen(directory)).toMatchObject({ found: [], trusted: true, position: { last: ZXID_ZERO } });
  });

  test('is not truncated below its base', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const { log } = open(directory);
    log.purge(ends[0], 10);
    expect(() => log.apply([encoded(batch(9, { type: 'truncate', after: makeZxid(1, 3) }))])).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER' }),
    );
    log.close();
    expect(reopen(directory).found).toHaveLength(7);
  });

  test.each([
    ['before the end of the first batch', makeZxid(1, 3), 11, ZXID_ZERO],
    ['at the end of the first batch', ends[0], 7, ends[0]],
    ['within the second batch', makeZxid(1, 7), 7, ends[0]],
    ['at the end', ends[2], 0, ends[2]],
    ['beyond the end', makeZxid(5, 1), 0, ends[2]],
  ])('purged %s loses whole batches only', (_name, through, left, base) => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const { log } = open(directory);
    expect(log.purge(through, 10)).toBe(false);
    log.close();
    const { found, position, trusted } = reopen(directory);
    expect(found).toHaveLength(left);
    expect({ base: position.base, last: position.last, trusted }).toEqual({
      base,
      last: ends[2],
      trusted: true,
    });
    logOf(directory, append(3, 1, 1));
    expect(reopen(directory).found).toHaveLength(left + 1);
  });

  test('is purged in steps', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const { log } = open(directory);
    expect([1, 2, 3].map(() => log.purge(ends[2], 1))).toEqual([true, true, false]);
    expect(log.purge(ends[2], 1)).toBe(false);
    log.close();
    expect(reopen(directory).found).toEqual([]);
  });

  test('cleared goes on after its new base', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const { log } = open(directory);
    log.clear(makeZxid(5, 70));
    log.apply([encoded(batch(1, append(5, 71, 72)))]);
    log.close();
    const { found, position, trusted } = reopen(directory);
    expect(zxidsOf(found)).toEqual(zxidsOf(entries(5, 71, 72)));
    expect({ base: position.base, trusted }).toEqual({ base: makeZxid(5, 70), trusted: true });
  });

  test('does not grow while it is purged', () => {
    const directory = scratchFolder();
    const { log } = open(directory);
    const sizes: number[] = [];
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 40; i++) {
        const from = round * 400 + i * 10 + 1;
        log.apply([encoded(batch(1, append(1, from, from + 9, 5000)))]);
        log.checkpointIfDue();
      }
      while (log.purge(log.last, 8));
      sizes.push(statSync(join(directory, 'log.sqlite')).size);
      expect(statSync(join(directory, 'log.sqlite-wal')).size).toBeLessThan(3 * WAL_BYTES_MAX);
    }
    log.close();
    expect(Math.max(...sizes.slice(4))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 4)));
  });

  test('is as it was when the disk was full', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    const { log } = open(directory);
    const connection = pragma.mock.contexts[0] as Database.Database | undefined;
    pragma.mockRestore();
    // The file may not grow any more, which SQLite reports as it does a full disk.
    connection?.pragma('max_page_count = 1');
    expect(() => log.apply([encoded(batch(1, append(2, 4, 5), append(2, 6, 6, 500_000)))])).toThrow(
      expect.objectContaining({ code: 'DISK_FULL' }),
    );
    log.close();
    const { found, trusted, notes } = reopen(directory);
    expect(found).toHaveLength(11);
    expect({ trusted, notes }).toEqual({ trusted: true, notes: [] });
  });
});

describe('a damaged log', () => {
  test('with a last batch that fails its checksum is cut, and not trusted, because the batch had been durable', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    tamper(directory, (database) => flipByte(database, ends[2], 50));
    const { found, trusted, notes } = reopen(directory);
    expect(zxidsOf(found)).toEqual(zxidsOf(entries(1, 1, 8)));
    expect(trusted).toBe(false);
    expect(notes).toEqual([
      {
        type: 'torn-tail-cut',
        afterZxid: ends[1],
        entries: 3,
        bytes: expect.any(Number),
        reason: 'checksum',
      },
      { type: 'acknowledged-entries-lost', logEnd: ends[1], durableMark: ends[2] },
    ]);
  });

  test('with a single batch that has a damaged header is cut', () => {
    const directory = scratchFolder();
    logOf(directory, append(1, 1, 4));
    tamper(directory, (database) => flipByte(database, ends[0], 6));
    expect(reopen(directory)).toMatchObject({ found: [], trusted: false, position: { last: ZXID_ZERO } });
  });

  test('stays untrusted over restarts until epochs are written under NEWLEADER', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    tamper(directory, (database) => flipByte(database, ends[2], 50));
    expect(reopen(directory).trusted).toBe(false);
    expect(reopen(directory)).toMatchObject({ trusted: false, notes: [{ type: 'still-untrusted' }] });
    logOf(directory, append(2, 1, 3), { type: 'epochs', acceptedEpoch: 3, currentEpoch: 2 });
    expect(reopen(directory).trusted).toBe(false);
    logOf(directory, append(3, 1, 1), { type: 'epochs', acceptedEpoch: 3, currentEpoch: 3 });
    expect(reopen(directory)).toMatchObject({ trusted: true, notes: [] });
  });

  test.each([0, 1])('is refused when batch %i of three is damaged', (index) => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const end = ends[index] ?? ZXID_ZERO;
    tamper(directory, (database) => flipByte(database, end, 45));
    expect(() => open(directory)).toThrow(CorruptLogError);
    expect(() => open(directory)).toThrow(
      expect.objectContaining({
        file: join(directory, 'log.sqlite'),
        afterZxid: index === 0 ? ZXID_ZERO : ends[index - 1],
      }),
    );
  });

  test.each([
    ['the first batch', [ends[0]]],
    ['a batch in the middle', [ends[1]]],
    ['all but the last', [ends[0], ends[1]]],
  ])('is refused when %s is missing', (_name, missing) => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    tamper(directory, (database) => {
      for (const end of missing) database.prepare('DELETE FROM log WHERE last = ?').run(end);
    });
    expect(() => open(directory)).toThrow(CorruptLogError);
  });

  test('without its last batch is noticed', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    tamper(directory, (database) => database.prepare('DELETE FROM log WHERE last = ?').run(ends[2]));
    expect(reopen(directory)).toMatchObject({
      trusted: false,
      notes: [{ type: 'acknowledged-entries-lost', logEnd: ends[1], durableMark: ends[2] }],
    });
  });

  test('without its last batch is noticed also when epochs were written after it', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches, { type: 'epochs', acceptedEpoch: 2, currentEpoch: 2 });
    tamper(directory, (database) => database.prepare('DELETE FROM log WHERE last = ?').run(ends[2]));
    expect(reopen(directory).trusted).toBe(false);
  });

  test('with a changed record of epochs is refused', () => {
    const directory = scratchFolder();
    logOf(directory, { type: 'epochs', acceptedEpoch: 7, currentEpoch: 7 });
    tamper(directory, (database) => database.exec('UPDATE state SET acceptedEpoch = 6'));
    expect(() => open(directory)).toThrow(CorruptLogError);
  });

  test('that was deleted as a whole is noticed', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    rmSync(join(directory, 'log.sqlite'));
    expect(reopen(directory)).toMatchObject({ found: [], trusted: false });
  });

  test('that is no database at all is refused', () => {
    const directory = scratchFolder();
    writeFileSync(join(directory, 'log.sqlite'), 'x'.repeat(10_000));
    expect(() => open(directory)).toThrow(CorruptLogError);
  });

  test('with overwritten pages is refused, or is intact', () => {
    const directory = scratchFolder();
    logOf(directory, ...Array.from({ length: 40 }, (_, i) => append(1, i * 10 + 1, i * 10 + 10, 300)));
    const file = join(directory, 'log.sqlite');
    const sound = readFileSync(file);
    for (let at = 0; at < sound.length; at += 1511) {
      const damaged = Buffer.from(sound);
      damaged.fill(0xa5, at, at + 16);
      writeFileSync(file, damaged);
      try {
        const { found, trusted } = reopen(directory);
        // What is cut from the end must not go unnoticed.
        expect(trusted, `damage at ${at}`).toBe(found.length === 400);
        expect(zxidsOf(found), `damage at ${at}`).toEqual(zxidsOf(entries(1, 1, found.length)));
      } catch (error) {
        expect(error, `damage at ${at}`).toMatchObject({
          code: expect.stringMatching(/^(CORRUPT_LOG|UNSUPPORTED_FORMAT)$/),
        });
      }
      writeFileSync(file, sound);
      rmSync(join(directory, 'log.mark'));
      reopen(directory);
    }
  });

  test('of another format is refused', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    tamper(directory, (database) => database.pragma('user_version = 2'));
    expect(() => open(directory)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_FORMAT' }));
  });
});

describe('the mark of a log', () => {
  test('that is missing is made anew, with a note', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    rmSync(join(directory, 'log.mark'));
    expect(reopen(directory)).toMatchObject({ trusted: true, notes: [{ type: 'mark-missing' }] });
    expect(reopen(directory)).toMatchObject({ trusted: true, notes: [] });
  });

  test('that cannot be read leaves the log untrusted', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    writeFileSync(join(directory, 'log.mark'), new Uint8Array(8192).fill(3));
    expect(reopen(directory)).toMatchObject({ trusted: false, notes: [{ type: 'mark-unreadable' }] });
    expect(reopen(directory)).toMatchObject({ trusted: false, notes: [{ type: 'still-untrusted' }] });
  });

  test('that is older than the log is no reason for mistrust', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const older = readFileSync(join(directory, 'log.mark'));
    logOf(directory, append(2, 4, 5), { type: 'truncate', after: makeZxid(1, 6) }, append(3, 1, 1));
    writeFileSync(join(directory, 'log.mark'), older);
    expect(reopen(directory)).toMatchObject({ trusted: true, notes: [] });
  });

  test('shows that a truncation was lost', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const older = readFileSync(join(directory, 'log.sqlite'));
    logOf(directory, { type: 'truncate', after: makeZxid(1, 6) });
    writeFileSync(join(directory, 'log.sqlite'), older);
    expect(reopen(directory).trusted).toBe(false);
  });

  test('shows that epochs were lost', () => {
    const directory = scratchFolder();
    logOf(directory, ...threeBatches);
    const older = readFileSync(join(directory, 'log.sqlite'));
    logOf(directory, { type: 'epochs', acceptedEpoch: 9, currentEpoch: 2 });
    writeFileSync(join(directory, 'log.sqlite'), older);
    expect(reopen(directory)).toMatchObject({ trusted: false, position: { acceptedEpoch: 0 } });
  });
});
