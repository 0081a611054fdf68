import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogDatabase } from '../src/log/log-database.ts';
import type { EncodedOperation } from '../src/log/log-messages.ts';
import { encodeLogRows, readLogRow } from '../src/log/log-row.ts';
import type { LogEntry } from '../src/storage.ts';
import { entries, zxidsOf } from './entries.ts';
import { scratchFolder } from './scratch.ts';

const BATCHES = 8;
const ENTRIES = 5;
/** Large enough for a batch to take several pages. */
const PAYLOAD_BYTES = 4_000;

/** What the files were right after a batch had been applied, as a crash at that moment would leave them. */
interface Moment {
  readonly database: Buffer;
  readonly writeAheadLog: Buffer;
  readonly mark: Buffer;
}

function read(directory: string): Moment {
  return {
    database: readFileSync(join(directory, 'log.sqlite')),
    writeAheadLog: readFileSync(join(directory, 'log.sqlite-wal')),
    mark: readFileSync(join(directory, 'log.mark')),
  };
}

const NEVER_MOVED = 2 ** 23;
/** The write-ahead log begins anew after some batches, over the frames of its earlier run. */
const OFTEN_MOVED = 100_000;

function open(directory: string, walBytesMax = NEVER_MOVED): { log: LogDatabase; found: LogEntry[] } {
  const found: LogEntry[] = [];
  const log = LogDatabase.open({ directory, walBytesMax }, (row) => readLogRow(row, found));
  return { log, found };
}

/** `moments[n]` is after n batches. */
function moments(walBytesMax = NEVER_MOVED): readonly Moment[] {
  const directory = scratchFolder();
  const { log } = open(directory, walBytesMax);
  const operation = (from: number): EncodedOperation => ({
    type: 'append',
    rows: encodeLogRows(entries(1, from, from + ENTRIES - 1, PAYLOAD_BYTES)),
  });
  log.apply([{ sequence: 0, operations: [{ type: 'epochs', acceptedEpoch: 1, currentEpoch: 1 }] }]);
  const taken = [read(directory)];
  for (let i = 0; i < BATCHES; i++) {
    log.checkpointIfDue();
    log.apply([{ sequence: i + 1, operations: [operation(i * ENTRIES + 1)] }]);
    taken.push(read(directory));
  }
  log.close();
  return taken;
}

function recover(directory: string, { database, writeAheadLog, mark }: Moment) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  writeFileSync(join(directory, 'log.sqlite'), database);
  writeFileSync(join(directory, 'log.sqlite-wal'), writeAheadLog);
  writeFileSync(join(directory, 'log.mark'), mark);
  const { log, found } = open(directory);
  log.close();
  return { ...log.recovery, found };
}

function offsets(from: number, to: number): number[] {
  const frame = 8192 + 24;
  const found = new Set<number>();
  for (let at = from; at < to; at += frame) {
    for (const near of [0, 1, 4_000, frame - 1]) if (at + near < to) found.add(at + near);
  }
  return [...found];
}

function changedBytes(before: Buffer, after: Buffer): { from: number; to: number } {
  let from = 0;
  while (from < before.length && before[from] === after[from]) from++;
  let to = after.length;
  while (to > from && to <= before.length && before[to - 1] === after[to - 1]) to--;
  return { from, to };
}

describe('a write-ahead log', () => {
  test('cut anywhere in the last commit, before its acknowledgement, costs that batch and no trust', () => {
    const directory = join(scratchFolder(), 'log');
    const taken = moments();
    const before = taken[BATCHES - 1];
    const after = taken[BATCHES];
    if (before === undefined || after === undefined) throw new Error('no moments');
    const from = before.writeAheadLog.length;
    expect(after.writeAheadLog.length).toBeGreaterThan(from + 2 * 8216);
    for (const at of offsets(from, after.writeAheadLog.length)) {
      const writeAheadLog = after.writeAheadLog.subarray(0, at);
      const { found, trusted, notes } = recover(directory, { ...after, writeAheadLog, mark: before.mark });
      expect(zxidsOf(found), `cut at ${at}`).toEqual(zxidsOf(entries(1, 1, (BATCHES - 1) * ENTRIES)));
      expect(trusted, `cut at ${at}`).toBe(true);
      const cut = { type: 'torn-tail-cut', reason: 'interrupted-commit', bytes: at - from };
      expect(notes, `cut at ${at}`).toMatchObject(at === from ? [] : [cut]);
    }
  });

  test('cut anywhere leaves whole batches, and says that acknowledged ones are gone', () => {
    const directory = join(scratchFolder(), 'log');
    const taken = moments();
    const whole = taken[BATCHES];
    if (whole === undefined) throw new Error('no moments');
    for (const at of offsets(0, whole.writeAheadLog.length)) {
      const batches = taken.findLastIndex(({ writeAheadLog }) => writeAheadLog.length <= at);
      const cut = { ...whole, writeAheadLog: whole.writeAheadLog.subarray(0, at) };
      const { found, trusted } = recover(directory, cut);
      expect(zxidsOf(found), `cut at ${at}`).toEqual(zxidsOf(entries(1, 1, Math.max(0, batches) * ENTRIES)));
      expect(trusted, `cut at ${at}`).toBe(false);
    }
  });

  test('torn over the frames of an earlier run costs the batch that was not acknowledged, and no trust', () => {
    const directory = join(scratchFolder(), 'log');
    const taken = moments(OFTEN_MOVED);
    expect(taken.at(-1)?.writeAheadLog.length).toBeLessThan(3 * OFTEN_MOVED);
    for (const [batches, after] of taken.entries()) {
      const before = taken[batches - 1];
      if (before === undefined) continue;
      const changed = changedBytes(before.writeAheadLog, after.writeAheadLog);
      for (const at of offsets(changed.from + 1, changed.to)) {
        const writeAheadLog = Buffer.concat([
          after.writeAheadLog.subarray(0, at),
          before.writeAheadLog.subarray(at),
        ]);
        const { found, trusted } = recover(directory, { ...after, writeAheadLog, mark: before.mark });
        expect(zxidsOf(found), `batch ${batches} torn at ${at}`).toEqual(
          zxidsOf(entries(1, 1, (batches - 1) * ENTRIES)),
        );
        expect(trusted, `batch ${batches} torn at ${at}`).toBe(true);
      }
    }
  });

  test.each([
    ['never moved', NEVER_MOVED],
    ['often moved', OFTEN_MOVED],
  ])(
    '(%s) with a damaged byte anywhere leaves whole batches, and says that acknowledged ones are gone',
    (_name, walBytesMax) => {
      const directory = join(scratchFolder(), 'log');
      const whole = moments(walBytesMax)[BATCHES];
      if (whole === undefined) throw new Error('no moments');
      for (let at = 7; at < whole.writeAheadLog.length; at += 3_777) {
        const writeAheadLog = Buffer.from(whole.writeAheadLog);
        writeAheadLog[at] = (writeAheadLog[at] ?? 0) ^ 0x04;
        const { found, trusted } = recover(directory, { ...whole, writeAheadLog });
        expect(found.length % ENTRIES, `damage at ${at}`).toBe(0);
        expect(zxidsOf(found), `damage at ${at}`).toEqual(zxidsOf(entries(1, 1, found.length)));
        expect(trusted, `damage at ${at}`).toBe(found.length === BATCHES * ENTRIES);
      }
    },
  );

  test('that holds everything loses nothing when the process dies', () => {
    const directory = join(scratchFolder(), 'log');
    const taken = [...moments().entries(), ...moments(OFTEN_MOVED).entries()];
    for (const [batches, moment] of taken) {
      const { found, trusted, notes } = recover(directory, moment);
      expect(zxidsOf(found)).toEqual(zxidsOf(entries(1, 1, batches * ENTRIES)));
      expect({ trusted, notes }).toEqual({ trusted: true, notes: [] });
    }
  });
});
