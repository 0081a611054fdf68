import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inFrames } from './forward-frames.ts';

test('payloads are divided in their order, and a part is too large only if it is a single payload', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: 1 }), (payloads) => {
      const frames = [...inFrames(payloads, 10)];
      expect(frames.flat()).toEqual(payloads);
      for (const frame of frames) {
        const bytes = frame.reduce((sum, payload) => sum + payload.length, 0);
        expect(frame.length === 1 || bytes <= 10).toBe(true);
        expect(frame.length).toBeGreaterThan(0);
      }
    }),
  );
});
