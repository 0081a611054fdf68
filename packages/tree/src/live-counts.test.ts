import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveCounts } from './live-counts.ts';

test('counts as counting one by one does', () => {
  const step = fc.oneof(
    fc.constant({ type: 'append' as const }),
    fc.record({ type: fc.constant('remove' as const), at: fc.nat() }),
    fc.record({ type: fc.constant('truncate' as const), at: fc.nat() }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 200 }),
      fc.array(step, { maxLength: 200 }),
      (start, steps) => {
        const counts = new LiveCounts(start);
        let taken = [...start];
        for (const action of steps) {
          if (action.type === 'append') {
            counts.append();
            taken.push(true);
          } else if (action.type === 'truncate') {
            taken = taken.slice(0, action.at % (taken.length + 1));
            counts.truncate(taken.length);
          } else if (taken[action.at % Math.max(taken.length, 1)] === true) {
            counts.remove(action.at % taken.length);
            taken[action.at % taken.length] = false;
          }
        }
        for (let i = 0; i <= taken.length; i++) {
          expect(counts.before(i)).toBe(taken.slice(0, i).filter(Boolean).length);
        }
      },
    ),
  );
});
