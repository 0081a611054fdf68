import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataSlab } from './data-slab.ts';

test('a copy keeps its bytes when the original or another copy changes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 30 }), (values) => {
      const slab = new DataSlab();
      const expected = values.map((value) => value.slice());
      const copies = values.map((value) => {
        const copy = slab.copy(value);
        value.fill(0xee);
        return copy;
      });
      expect(copies).toEqual(expected);
    }),
  );
});
