import { makeZxid } from '@conclave/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entries, plain, zxidsOf } from '../../test/entries.ts';
import type { LogEntry } from '../storage.ts';
import {
  checkLogRow,
  cutLogRow,
  encodeLogRows,
  LOG_ROW_BYTES_MAX,
  readLogRow,
  sealLogRow,
} from './log-row.ts';

const previous = makeZxid(3, 10);

function sealedRow(row = encodeLogRows([...entries(3, 11, 13), ...entries(4, 1, 2)])[0] ?? new Uint8Array()) {
  sealLogRow(row, previous, 77);
  return row;
}

function read(row: Uint8Array): LogEntry[] {
  const found: LogEntry[] = [];
  readLogRow(row, found);
  return found;
}

describe('a row of the log', () => {
  test('gives back its entries', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }),
        (payloads) => {
          const written = payloads.map((payload, i) => ({ zxid: makeZxid(3, 11 + i), payload }));
          const [row, ...others] = encodeLogRows(written);
          expect(others).toEqual([]);
          expect(row).toBeDefined();
          if (row === undefined) return;
          expect(sealLogRow(row, previous, 77)).toBe(written.at(-1)?.zxid);
          expect(checkLogRow(row)).toEqual({
            sound: true,
            header: { entryCount: written.length, previous, commit: 77 },
            first: written[0]?.zxid,
            last: written.at(-1)?.zxid,
          });
          expect(plain(read(row))).toEqual(plain(written));
        },
      ),
    );
  });

  test('is split where a batch is large', () => {
    const written = entries(1, 1, 9, LOG_ROW_BYTES_MAX / 3);
    const rows = encodeLogRows(written);
    expect(rows.map((row) => row.length <= LOG_ROW_BYTES_MAX)).toEqual(rows.map(() => true));
    expect(zxidsOf(rows.flatMap(read))).toEqual(zxidsOf(written));
  });

  test('takes an entry that is larger than a row should be', () => {
    const rows = encodeLogRows(entries(1, 1, 3, LOG_ROW_BYTES_MAX + 1));
    expect(rows.map((row) => zxidsOf(read(row)).length)).toEqual([1, 1, 1]);
  });

  test('shows that any one of its bytes was changed', () => {
    const row = sealedRow();
    for (let at = 0; at < row.length; at++) {
      const damaged = Uint8Array.from(row);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(checkLogRow(damaged).sound, `byte ${at}`).toBe(false);
    }
  });

  test('shows that it was cut short or made longer', () => {
    const row = sealedRow();
    for (let length = 0; length < row.length; length++) {
      expect(checkLogRow(row.subarray(0, length)).sound, `${length} bytes`).toBe(false);
    }
    expect(checkLogRow(Uint8Array.of(...row, 0)).sound).toBe(false);
  });

  test('is checked without an exception, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(checkLogRow(bytes).sound).toBe(false);
      }),
    );
  });

  test.each([1, 2, 3, 4, 5])('keeps its first %i entries when it is cut', (count) => {
    const row = sealedRow();
    const all = read(row);
    const cut = cutLogRow(row, all[count - 1]?.zxid ?? previous, 78);
    expect(checkLogRow(cut)).toMatchObject({
      sound: true,
      header: { entryCount: count, previous, commit: 78 },
    });
    expect(plain(read(cut))).toEqual(plain(all.slice(0, count)));
  });

  test.each([
    ['a gap', [...entries(3, 11, 11), ...entries(3, 13, 13)]],
    ['a gap before it', entries(3, 12, 12)],
    ['an entry twice', [...entries(3, 11, 11), ...entries(3, 11, 11)]],
    ['an epoch that does not begin at 1', entries(4, 2, 2)],
  ])('is refused for %s', (_name, written) => {
    const [row = new Uint8Array()] = encodeLogRows(written);
    expect(() => sealLogRow(row, previous, 1)).toThrow(expect.objectContaining({ code: 'OUT_OF_ORDER' }));
  });
});
