import { makeZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { DigestLog } from './digest-log.ts';

test('a difference is noticed whichever digest comes first, and equal digests agree', () => {
  const log = new DigestLog();
  const zxid = makeZxid(1, 256);
  expect(log.due(zxid)).toBe(true);
  expect(log.due(makeZxid(1, 257))).toBe(false);
  expect(log.agree(zxid, 'aa')).toBe(true);
  expect(log.agree(zxid, 'aa')).toBe(true);
  expect(log.agree(zxid, 'bb')).toBe(false);
  log.clear();
  expect(log.agree(zxid, 'bb')).toBe(true);
});

test('the number of kept digests is bounded', () => {
  const log = new DigestLog();
  for (let i = 1; i <= 1_000; i++) log.agree(makeZxid(1, i * 256), 'x');
  expect(log.agree(makeZxid(1, 256), 'another, of a zxid that is forgotten')).toBe(true);
});
