import fc from 'fast-check';
import { expect, test } from 'vitest';
import { namesAfter } from './children-page.ts';

const name = fc.string({ minLength: 1, maxLength: 6 });

test('pages laid end to end are all names in their order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 200 }), fc.integer({ min: 1, max: 50 }), (names, limit) => {
      const all: string[] = [];
      for (let after = ''; ; ) {
        const page = namesAfter(names, after, limit);
        expect(page.names.length).toBeLessThanOrEqual(limit);
        all.push(...page.names);
        if (!page.more) break;
        expect(page.names).toHaveLength(limit);
        after = page.names.at(-1) ?? '';
      }
      expect(all).toEqual([...names].sort());
    }),
  );
});

test('of many names only the first are kept', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `n-${String((i * 7919) % 10_000).padStart(5, '0')}`);
  expect(namesAfter(names, 'n-00041', 3)).toEqual({ names: ['n-00042', 'n-00043', 'n-00044'], more: true });
  expect(namesAfter(names, 'n-09998', 3)).toEqual({ names: ['n-09999'], more: false });
  expect(namesAfter(names, 'n-09996', 3)).toEqual({ names: ['n-09997', 'n-09998', 'n-09999'], more: false });
  expect(namesAfter(names, 'o', 3)).toEqual({ names: [], more: false });
  expect(namesAfter([], '', 3)).toEqual({ names: [], more: false });
});

test('a page of long names ends where it would be too large, and has one name at least', () => {
  const names = ['a', 'b', 'c'].map((letter) => letter.repeat(100_000));
  expect(namesAfter(names, '', 10)).toEqual({ names: names.slice(0, 1), more: true });
  expect(namesAfter(names, names[1] ?? '', 10)).toEqual({ names: names.slice(2), more: false });
});
