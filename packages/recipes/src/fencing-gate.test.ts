import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fencingGate } from './fencing-gate.ts';

test('a gate admits exactly the tokens that are not below the highest admitted one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (tokens) => {
      const gate = fencingGate();
      let highest = 0;
      for (const token of tokens) {
        if (token >= highest) {
          expect(gate.admit(token)).toBe(token);
          highest = token;
        } else {
          expect(() => gate.admit(token)).toThrow(expect.objectContaining({ code: 'GRANT_OVER' }));
        }
        expect(gate.highest).toBe(highest);
      }
    }),
  );
});

test('a gate goes on from the stored token', () => {
  const gate = fencingGate('4294967299');
  expect(gate.highest).toBe(4294967299);
  expect(() => gate.admit(4294967298n)).toThrow(expect.objectContaining({ code: 'GRANT_OVER' }));
});

test.each([0, -5, 1.5, '12x', '', 2n ** 60n])('%s is not a token, and changes nothing', (token) => {
  const gate = fencingGate(7);
  expect(() => gate.admit(token)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(gate.highest).toBe(7);
});
