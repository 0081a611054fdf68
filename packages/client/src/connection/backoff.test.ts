import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('the limit of a delay doubles up to the maximum and starts anew after a reset', () => {
  const backoff = new Backoff({ minMs: 10, maxMs: 100 }, () => 0.5);
  const delays = () => Array.from({ length: 6 }, () => backoff.nextDelayMs());
  expect(delays()).toEqual([5, 10, 20, 40, 50, 50]);
  backoff.reset();
  expect(delays()).toEqual([5, 10, 20, 40, 50, 50]);
});

test('a delay is between 0 and its limit', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(200), (fraction, attempts) => {
      const backoff = new Backoff({ minMs: 20, maxMs: 2_000 }, () => fraction);
      for (let i = 0; i < attempts; i++) backoff.nextDelayMs();
      const ceiling = Math.min(2_000, 20 * 2 ** Math.min(attempts, 30));
      expect(backoff.nextDelayMs()).toBeCloseTo(fraction * ceiling, 6);
    }),
  );
});
