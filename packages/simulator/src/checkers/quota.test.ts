import { makeZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { Violation } from '../violation.ts';
import { checkHardQuota, checkQuotaCount, usageOf } from './quota.ts';

const zxid = makeZxid(1, 1);

function node(data: string) {
  return { czxid: zxid, mzxid: zxid, version: 0, mtime: 0, data, owner: 0, contends: false };
}

test('the usage of a path counts the nodes at and below it, and no others', () => {
  const nodes = new Map([
    ['/q', node('ab')],
    ['/q/a', node('cde')],
    ['/q/a/b', node('')],
    ['/qq', node('f')],
    ['/', node('')],
  ]);
  expect(usageOf(nodes, '/q')).toEqual({ count: 3, bytes: 5 });
});

test('a usage up to the limits is correct', () => {
  checkHardQuota({ count: 3, bytes: 5 }, { count: 3, bytes: 5 });
});

test.each([
  { count: 4, bytes: 0 },
  { count: 1, bytes: 6 },
])('%o exceeds a quota of 3 nodes with 5 bytes', (usage) => {
  expect(() => checkHardQuota(usage, { count: 3, bytes: 5 })).toThrow(Violation);
});

test('the stored count must be that of the existing nodes', () => {
  checkQuotaCount('count=3,bytes=5', { count: 3, bytes: 5 });
  expect(() => checkQuotaCount('count=4,bytes=5', { count: 3, bytes: 5 })).toThrow(Violation);
  expect(() => checkQuotaCount('count=3,bytes=4', { count: 3, bytes: 5 })).toThrow(Violation);
});
