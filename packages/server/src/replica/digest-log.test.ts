import { makeZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { DigestLog } from './digest-log.ts';

test('notices a difference whichever digest comes first, and only then', () => {
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

test('keeps a bounded number', () => {
  const log = new DigestLog();
  for (let i = 1; i <= 1_000; i++) log.agree(makeZxid(1, i * 256), 'x');
  expect(log.agree(makeZxid(1, 256), 'another, of a zxid that is forgotten')).toBe(true);
});
