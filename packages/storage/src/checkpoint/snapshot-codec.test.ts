import { crc32 } from 'node:zlib';
import { makeZxid } from '@conclave/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StorageError } from '../errors.ts';
import { RowTally, rowChecksum } from './row-tally.ts';
import { SNAPSHOT_CHUNK_BYTES_MAX, SnapshotDecoder, SnapshotEncoder } from './snapshot-codec.ts';

const zxid = makeZxid(2, 7);

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function inOrder(rows: readonly Row[]): Row[] {
  const sorted = [...rows].sort((a, b) => Buffer.compare(a.key, b.key));
  return sorted.filter((row, i) => i === 0 || Buffer.compare(row.key, sorted[i - 1]?.key ?? row.key) !== 0);
}

function encode(rows: readonly Row[], rowsInTake = 3): Uint8Array[] {
  const encoder = new SnapshotEncoder(zxid);
  const tally = new RowTally();
  const chunks: Uint8Array[] = [];
  for (const [i, { key, value }] of rows.entries()) {
    encoder.add(key, value);
    tally.add(rowChecksum(key, value));
    if (i % rowsInTake === 0) chunks.push(...encoder.takeChunks());
  }
  encoder.end(tally);
  chunks.push(...encoder.takeChunks());
  return chunks;
}

function decode(chunks: readonly Uint8Array[]): { rows: Row[]; complete: boolean } {
  const decoder = new SnapshotDecoder(zxid);
  const rows: Row[] = [];
  for (const chunk of chunks) {
    for (const { key, value } of decoder.decode(chunk)) rows.push({ key, value: value ?? new Uint8Array() });
  }
  return { rows, complete: decoder.tally?.rows === rows.length };
}

function comparable(rows: readonly Row[]): string[] {
  return rows.map(
    ({ key, value }) => `${Buffer.from(key).toString('hex')}:${Buffer.from(value).toString('hex')}`,
  );
}

const someRows = inOrder(
  Array.from({ length: 40 }, (_, i) => ({
    key: new TextEncoder().encode(`/node-${i}`),
    value: new Uint8Array(i * 7).fill(i),
  })),
);

describe('a snapshot', () => {
  test('gives back its rows', () => {
    const row = fc.record({
      key: fc.uint8Array({ maxLength: 20 }),
      value: fc.uint8Array({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 50 }),
        fc.integer({ min: 1, max: 9 }),
        (unsorted, rowsInTake) => {
          const rows = inOrder(unsorted);
          const found = decode(encode(rows, rowsInTake));
          expect(found.complete).toBe(true);
          expect(comparable(found.rows)).toEqual(comparable(rows));
        },
      ),
    );
  });

  test('cuts a large row into chunks of bounded size', () => {
    const value = new Uint8Array(3 * SNAPSHOT_CHUNK_BYTES_MAX + 11).fill(9);
    const rows = inOrder([...someRows, { key: Uint8Array.of(1), value }]);
    const chunks = encode(rows);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBe(SNAPSHOT_CHUNK_BYTES_MAX);
    expect(comparable(decode(chunks).rows)).toEqual(comparable(rows));
  });

  test('is decoded however its stream is cut', () => {
    const encoder = new SnapshotEncoder(zxid);
    const tally = new RowTally();
    const chunks: Uint8Array[] = encoder.takeChunks();
    for (const { key, value } of someRows) {
      encoder.add(key, value);
      tally.add(rowChecksum(key, value));
      chunks.push(...encoder.takeChunks());
    }
    encoder.end(tally);
    chunks.push(...encoder.takeChunks());
    expect(chunks.length).toBe(someRows.length + 2);
    expect(comparable(decode(chunks).rows)).toEqual(comparable(someRows));
  });

  test.each([
    [
      'a changed byte',
      (chunks: Uint8Array[]) => [...chunks.slice(0, 5), flip(chunks[5]), ...chunks.slice(6)],
    ],
    ['a missing chunk', (chunks: Uint8Array[]) => chunks.toSpliced(5, 1)],
    ['a chunk twice', (chunks: Uint8Array[]) => chunks.toSpliced(5, 0, chunks[5] ?? new Uint8Array())],
    ['chunks out of order', (chunks: Uint8Array[]) => chunks.toReversed()],
    ['a chunk after the end', (chunks: Uint8Array[]) => [...chunks, ...chunks]],
    ['an empty chunk', (chunks: Uint8Array[]) => [...chunks.slice(0, 5), new Uint8Array()]],
    ['an oversized chunk', () => [new Uint8Array(SNAPSHOT_CHUNK_BYTES_MAX + 1)]],
    ['rows out of order', () => encode(someRows.toReversed())],
    ['a row twice', () => encode([...someRows.slice(0, 2), ...someRows.slice(1)])],
  ])('with %s is refused', (_name, harm) => {
    expect(() => decode(harm(encode(someRows)))).toThrow(
      expect.objectContaining({ code: 'CORRUPT_SNAPSHOT' }),
    );
  });

  test('of another zxid than announced is refused', () => {
    const decoder = new SnapshotDecoder(makeZxid(2, 8));
    expect(() => encode(someRows).map((chunk) => decoder.decode(chunk))).toThrow(StorageError);
  });

  test('is not complete before its end', () => {
    expect(decode(encode(someRows).slice(0, -1)).complete).toBe(false);
  });

  test('of arbitrary bytes never throws anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), (chunks) => {
        try {
          expect(decode(chunks).complete).toBe(false);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORRUPT_SNAPSHOT' });
        }
      }),
    );
  });

  test('with correct checksums around arbitrary bytes never throws anything else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 5 }), (bodies) => {
        const decoder = new SnapshotDecoder(zxid);
        try {
          for (const chunk of wrap(bodies)) decoder.decode(chunk);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORRUPT_SNAPSHOT' });
        }
      }),
    );
  });
});

function flip(chunk: Uint8Array | undefined): Uint8Array {
  const flipped = Uint8Array.from(chunk ?? []);
  flipped[9] = (flipped[9] ?? 0) ^ 1;
  return flipped;
}

/** Chunks as a hostile peer would make them, after a sound beginning. */
function wrap(bodies: readonly Uint8Array[]): Uint8Array[] {
  const [beginning = new Uint8Array()] = new SnapshotEncoder(zxid).takeChunks();
  const chunks = bodies.map((body, i) => {
    const chunk = Buffer.concat([new Uint8Array(8), body]);
    chunk.writeUInt32BE(i + 1, 4);
    chunk.writeUInt32BE(crc32(chunk.subarray(4)), 0);
    return chunk;
  });
  return [beginning, ...chunks];
}
