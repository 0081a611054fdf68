import { InvariantError } from '@conclave/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

test('a ring is a queue, however it grows and wraps', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('shift' as const), fc.nat()), { maxLength: 300 }), (steps) => {
      const ring = new RingBuffer<number>(4);
      const model: number[] = [];
      for (const step of steps) {
        if (step === 'shift') {
          expect(ring.shift()).toBe(model.shift());
        } else {
          ring.push(step);
          model.push(step);
        }
        expect(ring.length).toBe(model.length);
        expect(ring.first()).toBe(model[0]);
      }
      expect(ring.drain()).toEqual(model);
      expect(ring.length).toBe(0);
    }),
  );
});

test('a ring refuses undefined, which would look like its end', () => {
  const ring = new RingBuffer<number | undefined>();
  expect(() => ring.push(undefined)).toThrow(InvariantError);
  expect(ring.length).toBe(0);
});

test('a ring has at least one slot', () => {
  expect(() => new RingBuffer<number>(0)).toThrow(InvariantError);
});
