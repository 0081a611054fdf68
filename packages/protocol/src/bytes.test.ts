import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.ts';

describe('a writer', () => {
  test('grows from any capacity', () => {
    for (const capacity of [0, 1, 7, 256]) {
      const writer = new ByteWriter(capacity);
      for (let i = 0; i < 100; i++) writer.long(i);
      expect(writer.length).toBe(800);
      const reader = new ByteReader(writer.take());
      for (let i = 0; i < 100; i++) expect(reader.long()).toBe(i);
      reader.end();
    }
  });

  test.each<{ name: string; write: (writer: ByteWriter) => void; length: number }>([
    { name: 'int', write: (writer) => writer.int(-1), length: 4 },
    { name: 'boolean', write: (writer) => writer.boolean(true), length: 1 },
    { name: 'long', write: (writer) => writer.long(-1), length: 8 },
    { name: 'bigint', write: (writer) => writer.long(-1n), length: 8 },
    { name: 'buffer', write: (writer) => writer.buffer(Uint8Array.of(1, 2, 3)), length: 7 },
    { name: 'null', write: (writer) => writer.buffer(null), length: 4 },
    { name: 'raw', write: (writer) => writer.raw(Uint8Array.of(1, 2, 3)), length: 3 },
    { name: 'string', write: (writer) => writer.string('/ß'), length: 7 },
    { name: 'vector', write: (writer) => writer.vector([1, 2], (w, i) => w.int(i)), length: 12 },
    { name: 'reserveInt', write: (writer) => void writer.reserveInt(), length: 4 },
  ])('writes $name where there is no room left as where there is', ({ write, length }) => {
    const roomy = new ByteWriter();
    write(roomy);
    const expected = roomy.take();
    expect(expected).toHaveLength(length);
    for (let capacity = 0; capacity <= length; capacity++) {
      const writer = new ByteWriter(capacity);
      write(writer);
      expect(writer.take()).toEqual(expected);
    }
  });

  test('takes no memory for what is longer than it may be', () => {
    const writer = new ByteWriter();
    writer.lengthMax = 10_000;
    let written = 0;
    const names = new Array<string>(100_000).fill('name');
    expect(() => {
      writer.vector(names, (w, name) => {
        w.string(name);
        written++;
      });
    }).toThrow(expect.objectContaining({ code: 'FRAME_TOO_LARGE' }));
    expect(written).toBeLessThan(20_000 / 8);
    expect(() => writer.buffer(new Uint8Array(100_000))).toThrow('more than 10000 bytes');
    writer.reset();
    // What may come to three times its length may also come to no more than that.
    writer.string('x'.repeat(9_996));
    expect(writer.length).toBe(10_000);
  });

  test('hands out a copy with memory of its own, and starts anew', () => {
    const writer = new ByteWriter();
    writer.int(1);
    const taken = writer.take();
    expect(taken.buffer.byteLength).toBe(4);
    expect(writer.length).toBe(0);
    writer.int(2);
    expect(taken).toEqual(Uint8Array.of(0, 0, 0, 1));
    expect(writer.view()).toEqual(Uint8Array.of(0, 0, 0, 2));
  });

  test('fills in a length that was left open, even after it grew', () => {
    const writer = new ByteWriter(8);
    writer.boolean(true);
    const at = writer.reserveInt();
    writer.string('/a/rather/long/path');
    writer.setInt(at, writer.length - at - 4);
    const reader = new ByteReader(writer.take());
    expect(reader.boolean()).toBe(true);
    expect(reader.buffer()).toHaveLength(4 + 19);
  });

  test('gives back the memory of a large record', () => {
    const writer = new ByteWriter(100);
    writer.raw(new Uint8Array(1024 * 1024));
    expect(writer.take()).toHaveLength(1024 * 1024);
    expect(writer.view().buffer.byteLength).toBe(100);
    writer.raw(new Uint8Array(1000));
    const kept = writer.view().buffer;
    writer.take();
    expect(writer.view().buffer).toBe(kept);
  });

  test('takes back what stands behind a place', () => {
    const writer = new ByteWriter();
    writer.int(1);
    const { length } = writer;
    writer.string('/a');
    writer.truncate(length);
    writer.truncate(100);
    expect(writer.take()).toEqual(Uint8Array.of(0, 0, 0, 1));
  });

  test('takes no number that a long cannot carry exactly', () => {
    const writer = new ByteWriter();
    for (const value of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => writer.long(value)).toThrowError(RangeError);
    }
  });

  test('keeps a string to its own length, though it reserves more', () => {
    const writer = new ByteWriter(4);
    writer.string('ab');
    expect(writer.view()).toEqual(Uint8Array.of(0, 0, 0, 2, 0x61, 0x62));
  });
});

describe('a reader', () => {
  test('reads longs as the platform does', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigInt64(0, value);
        expect(new ByteReader(bytes).bigLong()).toBe(value);
        if (Number.isSafeInteger(Number(value))) expect(new ByteReader(bytes).long()).toBe(Number(value));
        else expect(() => new ByteReader(bytes).long()).toThrowError(/2\^53/);
      }),
    );
  });

  test.each([
    { value: 2n ** 53n - 1n, fits: true },
    { value: 2n ** 53n, fits: false },
    { value: -(2n ** 53n) + 1n, fits: true },
    { value: -(2n ** 53n), fits: false },
    { value: 2n ** 63n - 1n, fits: false },
    { value: -(2n ** 63n), fits: false },
  ])('takes $value as a number: $fits', ({ value, fits }) => {
    const writer = new ByteWriter();
    writer.long(value);
    const reader = new ByteReader(writer.take());
    if (fits) expect(reader.long()).toBe(Number(value));
    else expect(() => reader.long()).toThrowError(expect.objectContaining({ code: 'LONG_OUT_OF_RANGE' }));
  });

  test('hands out views, plain arrays even from a Buffer', () => {
    const record = Buffer.from([0xff, 0, 0, 0, 2, 7, 8, 9]).subarray(1);
    const reader = new ByteReader(record);
    const data = reader.buffer();
    expect(data).toEqual(Uint8Array.of(7, 8));
    expect(data?.buffer).toBe(record.buffer);
    expect(reader.rest()).toEqual(Uint8Array.of(9));
    expect(reader.remaining).toBe(0);
    expect(reader.rest()).toEqual(new Uint8Array(0));
  });

  test('a null buffer is not an empty one', () => {
    const reader = new ByteReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0));
    expect(reader.buffer()).toBeNull();
    expect(reader.buffer()).toEqual(new Uint8Array(0));
  });

  test('steps over what it expects and nothing else', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    expect(reader.skip(Uint8Array.of(1, 3))).toBe(false);
    expect(reader.skip(Uint8Array.of(1, 2, 3, 4))).toBe(false);
    expect(reader.remaining).toBe(3);
    expect(reader.skip(Uint8Array.of(1, 2))).toBe(true);
    expect(reader.rest()).toEqual(Uint8Array.of(3));
  });

  test('stays where it was when a primitive is cut short', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3));
    expect(() => reader.int()).toThrowError(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(() => reader.end()).toThrowError(expect.objectContaining({ code: 'TRAILING_BYTES' }));
    expect(reader.rest()).toEqual(Uint8Array.of(1, 2, 3));
  });
});
