import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('Histogram', () => {
  it('is exact for small values', () => {
    const histogram = of([5, 1, 3, 2, 4]);
    expect(histogram.quantile(0.5)).toBe(3);
    expect(histogram.quantile(0)).toBe(1);
    expect(histogram.quantile(1)).toBe(5);
    expect(histogram.mean).toBe(3);
    expect(histogram.count).toBe(5);
  });

  it('has only zeros before anything is recorded', () => {
    const histogram = of([]);
    expect([histogram.quantile(0.5), histogram.mean, histogram.max]).toEqual([0, 0, 0]);
  });

  it('counts a value out of range as the nearest one in range', () => {
    const histogram = of([-5, 2 ** 40]);
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.max).toBe(2 ** 31 - 1);
  });

  const values = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 300 });

  it('is never wrong by more than the width of a bucket', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (numbers, fraction) => {
        const sorted = numbers.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? 0;
        const estimate = of(numbers).quantile(fraction);
        expect(estimate).toBeGreaterThanOrEqual(exact);
        expect(estimate).toBeLessThanOrEqual(exact + exact / 128);
      }),
    );
  });

  it('merges with another one as if all values were recorded in one', () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const sum = of(some);
        sum.add(of(others).toData());
        expect(sum.toData()).toEqual(of([...some, ...others]).toData());
        expect(sum.count).toBe(some.length + others.length);
      }),
    );
  });
});
