import { InvariantError } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { PendingBatches } from './pending-batches.ts';

function pending(...sequences: number[]): PendingBatches {
  const batches = new PendingBatches();
  for (const sequence of sequences) batches.add(sequence, 10);
  return batches;
}

describe('the batches that are not yet durable', () => {
  test('one report covers every batch up to its sequence', () => {
    const batches = pending(1, 2, 3);
    batches.persisted(2);
    expect(batches.bytes).toBe(10);
    batches.persisted(3);
    expect(batches.bytes).toBe(0);
  });

  test('thousands of batches can be pending at once', () => {
    const batches = pending(...Array.from({ length: 5000 }, (_, i) => i + 1));
    for (let sequence = 1; sequence <= 4000; sequence++) batches.persisted(sequence);
    expect(batches.bytes).toBe(10_000);
    batches.persisted(5000);
    expect(batches.bytes).toBe(0);
  });

  test.each([1, 2])('sequence %i is refused after sequence 2', (sequence) => {
    const batches = pending(1, 2);
    expect(() => batches.add(sequence, 10)).toThrow(expect.objectContaining({ code: 'OUT_OF_ORDER' }));
    expect(batches.bytes).toBe(20);
  });

  test.each([
    ['a report that comes a second time', 1],
    ['a report that goes back', 0],
    ['a report beyond the last batch', 4],
  ])('%s breaks an invariant', (_, sequence) => {
    const batches = pending(1, 2, 3);
    batches.persisted(1);
    expect(() => batches.persisted(sequence)).toThrow(InvariantError);
  });
});
