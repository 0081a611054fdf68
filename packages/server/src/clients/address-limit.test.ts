import { InvariantError } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { AddressLimit } from './address-limit.ts';

test('each address has its own connections', () => {
  const limit = new AddressLimit(2);
  expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('b')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  limit.release('a');
  expect(limit.countOf('a')).toBe(1);
  expect(limit.take('a')).toBe(true);
});

test('no address gives back a connection that it does not have', () => {
  const limit = new AddressLimit(2);
  limit.take('a');
  limit.release('a');
  expect(() => limit.release('a')).toThrow(InvariantError);
});
