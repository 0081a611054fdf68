import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allCommands } from './commands/index.ts';
import { editDistance, suggest } from './suggestion.ts';

test.each([
  ['gte', 'get'],
  ['GET', 'get'],
  ['lss', 'ls'],
  ['craete', 'create'],
  ['tsat', 'stat'],
  ['sl', 'ls'],
  ['rm', 'delete'],
  ['rmr', 'deleteall'],
  ['cat', 'get'],
  ['exi', 'exit'],
  ['frobnicate', undefined],
  ['constructor', undefined],
])('%s means %s', (typed, meant) => {
  expect(suggest(typed, allCommands.names)).toBe(meant);
});

test('the edit distance is symmetric, zero only for equal texts, and bounded by their lengths', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
