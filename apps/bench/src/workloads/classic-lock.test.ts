import { expect, it } from 'vitest';
import { predecessorOf } from './classic-lock.ts';

it.each([
  ['the only one', 'lock-0000000007', ['lock-0000000007'], undefined],
  ['the first', 'lock-0000000007', ['lock-0000000009', 'lock-0000000007'], undefined],
  [
    'the last',
    'lock-0000000009',
    ['lock-0000000001', 'lock-0000000009', 'lock-0000000007'],
    'lock-0000000007',
  ],
  ['in the middle', 'lock-0000000002', ['lock-0000000003', 'lock-0000000001'], 'lock-0000000001'],
])('the predecessor is found for %s', (_name, own, children, expected) => {
  expect(predecessorOf(own, children)).toBe(expected);
});
