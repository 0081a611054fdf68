import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  COUNTER_MAX,
  counterOf,
  EPOCH_MAX,
  epochOf,
  formatZxid,
  makeZxid,
  toZxid,
  ZXID_ZERO,
} from './zxid.ts';

const parts = fc.tuple(
  fc.oneof(fc.nat(EPOCH_MAX), fc.constantFrom(0, 1, EPOCH_MAX)),
  fc.oneof(fc.nat(COUNTER_MAX), fc.constantFrom(0, 1, 2 ** 31, COUNTER_MAX)),
);

test('a zxid falls apart into what it was made of', () => {
  fc.assert(
    fc.property(parts, ([epoch, counter]) => {
      const zxid = makeZxid(epoch, counter);
      expect([epochOf(zxid), counterOf(zxid)]).toEqual([epoch, counter]);
      expect(toZxid(zxid)).toBe(zxid);
    }),
  );
});

test('zxids are ordered by epoch, then by counter', () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const inOrder = a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
      expect(makeZxid(...a) < makeZxid(...b)).toBe(inOrder);
    }),
  );
});

test('the greatest zxid is still a safe integer', () => {
  expect(makeZxid(EPOCH_MAX, COUNTER_MAX)).toBe(Number.MAX_SAFE_INTEGER);
});

test.each([
  [-1, 0],
  [EPOCH_MAX + 1, 0],
  [0.5, 0],
  [0, -1],
  [0, COUNTER_MAX + 1],
  [Number.NaN, 0],
])('there is no zxid of epoch %d and counter %d', (epoch, counter) => {
  expect(() => makeZxid(epoch, counter)).toThrowError(RangeError);
});

test.each([-1, 0.5, 2 ** 53, Number.NaN])('%d is not taken for a zxid', (value) => {
  expect(() => toZxid(value)).toThrowError(RangeError);
});

test('a zxid is printed as ZooKeeper prints it', () => {
  expect(formatZxid(makeZxid(1, 2))).toBe('0x100000002');
  expect(formatZxid(ZXID_ZERO)).toBe('0x0');
});
