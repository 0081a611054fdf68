import { expect, test } from 'vitest';
import { Random } from './random.ts';

test('one seed always gives the same numbers, and another seed gives others', () => {
  const draw = (random: Random): number[] => Array.from({ length: 10 }, () => random.bits());
  expect(draw(new Random(7))).toEqual(draw(new Random(7)));
  expect(draw(new Random(7))).not.toEqual(draw(new Random(8)));
  expect(draw(new Random(7))).not.toEqual(draw(new Random(7 + 2 ** 32)));
});

test('a fork does not depend on what was drawn before, and changes nothing for its parent', () => {
  const early = new Random(3);
  const late = new Random(3);
  for (let i = 0; i < 5; i++) late.next();
  expect(late.fork('disk').bits()).toBe(early.fork('disk').bits());
  expect(early.fork('disk').bits()).not.toBe(early.fork('network').bits());
  for (let i = 0; i < 5; i++) early.next();
  expect(early.bits()).toBe(late.bits());
});

test('numbers stay within their bounds and reach both ends', () => {
  const random = new Random(1);
  const drawn = Array.from({ length: 1_000 }, () => random.between(-1, 2));
  expect(new Set(drawn)).toEqual(new Set([-1, 0, 1, 2]));
  expect(random.pick(['only'])).toBe('only');
  expect(() => random.pick([])).toThrow(RangeError);
  expect(random.weighted({ never: 0, always: 2 })).toBe('always');
});
