import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_BYTES_MAX, FrameDecoder } from './frame-decoder.ts';

function streamOf(frames: readonly Uint8Array[]): Uint8Array {
  const bytes: number[] = [];
  for (const frame of frames) {
    bytes.push(frame.length >>> 24, (frame.length >>> 16) & 0xff, (frame.length >>> 8) & 0xff);
    bytes.push(frame.length & 0xff, ...frame);
  }
  return Uint8Array.from(bytes);
}

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, length);
  return bytes;
}

function collect(decoder: FrameDecoder, chunks: readonly Uint8Array[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk, (frame) => {
      frames.push(frame.slice());
      return true;
    });
  }
  return frames;
}

/** Cuts `bytes` at the given places, as a network would. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...borders, bytes.length].map((border, i) => bytes.subarray(borders[i - 1] ?? 0, border));
}

describe('frames', () => {
  test('are the same however the stream is cut', () => {
    const frames = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.constant(new Uint8Array(0)),
        fc.constant(new Uint8Array(300)),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 30 }), fc.boolean(), (sent, places, asBuffers) => {
        const chunks = cut(streamOf(sent), places).map((chunk) => (asBuffers ? Buffer.from(chunk) : chunk));
        const decoder = new FrameDecoder();
        expect(collect(decoder, chunks)).toEqual(sent);
        expect(decoder.inFrame).toBe(false);
        expect(decoder.bytesHeld).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('come one byte at a time, too', () => {
    const sent = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)];
    const chunks = Array.from(streamOf(sent), (byte) => Uint8Array.of(byte));
    expect(collect(new FrameDecoder(), chunks)).toEqual(sent);
  });

  test('of a whole chunk are views on it, and plain arrays even when it is a Buffer', () => {
    const chunk = Buffer.from(streamOf([Uint8Array.of(1, 2, 3)]));
    new FrameDecoder().push(chunk, (frame) => {
      expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype);
      expect(frame.buffer).toBe(chunk.buffer);
      expect(frame).toEqual(Uint8Array.of(1, 2, 3));
      return true;
    });
    expect.assertions(3);
  });

  test('that span chunks do not change when the chunk is used again', () => {
    const decoder = new FrameDecoder();
    const [first, second] = cut(streamOf([Uint8Array.of(1, 2, 3, 4)]), [6]);
    const reused = new Uint8Array(first ?? []);
    decoder.push(reused, () => true);
    reused.fill(0xff);
    expect(collect(decoder, [second ?? new Uint8Array(0)])).toEqual([Uint8Array.of(1, 2, 3, 4)]);
  });

  test('behind one that was refused are dropped', () => {
    const seen: number[] = [];
    new FrameDecoder().push(streamOf([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]), (frame) => {
      seen.push(frame[0] ?? 0);
      return frame[0] !== 2;
    });
    expect(seen).toEqual([1, 2]);
  });

  test('an unfinished frame is visible', () => {
    const decoder = new FrameDecoder();
    expect(decoder.inFrame).toBe(false);
    collect(decoder, [Uint8Array.of(0)]);
    expect(decoder.inFrame).toBe(true);
    collect(decoder, [Uint8Array.of(0, 0, 2, 7)]);
    expect(decoder.inFrame).toBe(true);
    expect(collect(decoder, [Uint8Array.of(8)])).toEqual([Uint8Array.of(7, 8)]);
    expect(decoder.inFrame).toBe(false);
  });
});

describe('hostile lengths', () => {
  test.each([
    { length: -1, code: 'BAD_LENGTH' },
    { length: -(2 ** 31), code: 'BAD_LENGTH' },
    { length: 2 ** 31 - 1, code: 'FRAME_TOO_LARGE' },
    { length: FRAME_BYTES_MAX + 1, code: 'FRAME_TOO_LARGE' },
  ])('$length: $code, as soon as it is there', ({ length, code }) => {
    for (const chunks of [[header(length)], cut(header(length), [1, 2, 3])]) {
      expect(() => collect(new FrameDecoder(), chunks)).toThrowError(
        expect.objectContaining({ name: 'ProtocolError', code }),
      );
    }
  });

  test('the largest frame allowed is taken', () => {
    const decoder = new FrameDecoder(100);
    expect(collect(decoder, [header(100), new Uint8Array(100)])).toEqual([new Uint8Array(100)]);
    expect(() => collect(decoder, [header(101)])).toThrowError(
      expect.objectContaining({ code: 'FRAME_TOO_LARGE' }),
    );
  });

  test('a length that is only announced takes no memory, a little of its frame takes little', () => {
    const decoder = new FrameDecoder();
    collect(decoder, [header(FRAME_BYTES_MAX)]);
    expect(decoder.bytesHeld).toBe(0);
    collect(decoder, [Uint8Array.of(1)]);
    expect(decoder.bytesHeld).toBe(16 * 1024);
  });

  test('memory follows what came, up to the frame', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: FRAME_BYTES_MAX }),
        fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 20 }),
        (length, sizes) => {
          const decoder = new FrameDecoder();
          collect(decoder, [header(length)]);
          let arrived = 0;
          for (const size of sizes) {
            if (arrived + size >= length) break;
            collect(decoder, [new Uint8Array(size)]);
            arrived += size;
            expect(decoder.bytesHeld).toBeGreaterThanOrEqual(arrived);
            expect(decoder.bytesHeld).toBeLessThanOrEqual(Math.min(length, Math.max(16 * 1024, 4 * arrived)));
          }
          const last = new Uint8Array(length - arrived).fill(1);
          const frames = collect(decoder, [last]);
          expect(frames.map((frame) => frame.length)).toEqual([length]);
          expect(decoder.bytesHeld).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('random bytes give frames within the limit or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (chunks) => {
        try {
          for (const frame of collect(new FrameDecoder(64), chunks))
            expect(frame.length).toBeLessThanOrEqual(64);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ProtocolError' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
