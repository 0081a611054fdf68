import { expect, test } from 'vitest';
import { javaDate, javaDouble, javaSocketAddress } from './java-text.ts';

test.each([
  [0, '0.0'],
  [2, '2.0'],
  [2.5, '2.5'],
  [3.9231, '3.9231'],
])('Java prints %d as %s', (value, text) => {
  expect(javaDouble(value)).toBe(text);
});

test('dates and addresses are written as Java prints them', () => {
  expect(javaDate(Date.UTC(2026, 10, 1, 8, 1, 13))).toBe('Sun Nov 01 08:01:13 UTC 2026');
  expect(javaSocketAddress('127.0.0.1', 2181)).toBe('/127.0.0.1:2181');
  expect(javaSocketAddress('::1', 2181)).toBe('/[::1]:2181');
});
