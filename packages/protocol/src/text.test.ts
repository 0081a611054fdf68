import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

describe.each([
  { runtime: 'Node', withBuffer: true },
  { runtime: 'a browser', withBuffer: false },
])('text in $runtime', ({ withBuffer }) => {
  let text: typeof import('./text.ts');

  beforeAll(async () => {
    vi.resetModules();
    if (!withBuffer) vi.stubGlobal('Buffer', undefined);
    text = await import('./text.ts');
    vi.unstubAllGlobals();
  });
  afterAll(() => {
    vi.resetModules();
  });

  function roundTrip(value: string): string {
    const bytes = new Uint8Array(3 + text.encodedBytesMax(value.length));
    const written = text.encodeText(value, bytes, 3);
    const expected = new TextEncoder().encode(value);
    expect(bytes.subarray(3, 3 + written)).toEqual(expected);
    return text.decodeText(bytes, 3, 3 + written);
  }

  test('is UTF-8 both ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (value) => {
        expect(roundTrip(value)).toBe(value);
      }),
    );
  });

  test('of every length is read whole', () => {
    for (let length = 0; length < 130; length++) {
      const ascii = '/abcdefg'.repeat(20).slice(0, length);
      expect(roundTrip(ascii)).toBe(ascii);
      expect(roundTrip(`${ascii}ß`)).toBe(`${ascii}ß`);
    }
  });

  test('may carry a byte order mark and the replacement character', () => {
    for (const value of [
      '\ufeff',
      '\ufeff/a/long/enough/text/after/it',
      '\ufffd',
      '/before/\ufffd/and/after',
    ]) {
      expect(roundTrip(value)).toBe(value);
    }
  });

  test('with half a surrogate pair is written with the replacement character', () => {
    const bytes = new Uint8Array(64);
    const written = text.encodeText('/a\ud83d', bytes, 0);
    expect(text.decodeText(bytes, 0, written)).toBe('/a\ufffd');
  });

  test.each([
    { name: 'a lone continuation', bytes: [0x80] },
    { name: 'a start without its end', bytes: [0xc3] },
    { name: 'an overlong slash', bytes: [0xc0, 0xaf] },
    { name: 'a surrogate on its own', bytes: [0xed, 0xa0, 0x80] },
    { name: 'a code point beyond the last', bytes: [0xf4, 0x90, 0x80, 0x80] },
    { name: 'no UTF-8 at all', bytes: [0xff] },
  ])('is refused: $name', ({ bytes }) => {
    for (const padding of [0, 5, 60]) {
      const padded = Uint8Array.of(...Array<number>(padding).fill(0x61), ...bytes);
      expect(() => text.decodeText(padded, 0, padded.length)).toThrowError(
        expect.objectContaining({ name: 'ProtocolError', code: 'BAD_UTF8' }),
      );
    }
  });
});

test('Node really has what the short cut asks for', () => {
  const { utf8Slice, utf8Write } = Buffer.prototype as unknown as Record<string, unknown>;
  expect(typeof utf8Slice).toBe('function');
  expect(typeof utf8Write).toBe('function');
});
