import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Chunk, DataArena, type DataSlot, dataOf } from './data-arena.ts';

function newSlot(): DataSlot {
  return { chunk: undefined, dataOffset: 0, dataLength: -1 };
}

function chunksOf(slots: Iterable<DataSlot>): Set<Chunk> {
  const chunks = new Set<Chunk>();
  for (const { chunk } of slots) if (chunk !== undefined) chunks.add(chunk);
  return chunks;
}

test('values stay what was stored, and so do the views that were taken of them', () => {
  const length = fc.oneof(fc.constant(-1), fc.nat({ max: 40 }), fc.nat({ max: 20_000 }));
  const store = fc.record({ slot: fc.nat({ max: 30 }), length, fill: fc.nat({ max: 255 }) });
  fc.assert(
    fc.property(fc.array(store, { maxLength: 300 }), (stores) => {
      const arena = new DataArena();
      const slots = Array.from({ length: 31 }, newSlot);
      const expected: (Uint8Array | null)[] = slots.map(() => null);
      const views: [view: Uint8Array | null, copy: Uint8Array | null][] = [];
      for (const { slot: at, length, fill } of stores) {
        const slot = slots[at];
        if (slot === undefined) continue;
        const data = length < 0 ? null : new Uint8Array(length).fill(fill);
        arena.store(slot, data);
        expected[at] = data;
        const view = dataOf(slot);
        views.push([view, view?.slice() ?? null]);
      }
      expect(slots.map(dataOf)).toEqual(expected);
      for (const [view, copy] of views) expect(view).toEqual(copy);
    }),
    { numRuns: 50 },
  );
});

test('a value that outlives its neighbours does not keep their memory', () => {
  const arena = new DataArena();
  const kept: DataSlot[] = [];
  for (let i = 0; i < 100_000; i++) {
    const slot = newSlot();
    arena.store(slot, new Uint8Array(100).fill(i));
    if (i % 1000 === 0) kept.push(slot);
    else arena.release(slot);
  }
  let size = 0;
  for (const chunk of chunksOf(kept)) size += chunk.bytes.length;
  // 100 values of 112 bytes are left of 10 MB: they fit into one chunk, and lie in two at most.
  expect(size).toBeLessThanOrEqual(2 * 64 * 1024);
  expect(kept.map((slot) => dataOf(slot)?.[0])).toEqual(kept.map((_, i) => (i * 1000) % 256));
});

test('what is stored is a copy', () => {
  const arena = new DataArena();
  const slot = newSlot();
  const data = new Uint8Array([1, 2, 3]);
  arena.store(slot, data);
  data.fill(9);
  expect(dataOf(slot)).toEqual(new Uint8Array([1, 2, 3]));
});
