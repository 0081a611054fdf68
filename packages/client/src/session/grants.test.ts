import type { Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { type Grant, GrantTable } from './grants.ts';

function grantOf(path: string): Grant {
  return { path, zxid: 1 as Zxid };
}

test('a grant goes to every callback that listens for it', () => {
  const grants = new GrantTable();
  const callbacks = [() => {}, () => {}];
  for (const callback of callbacks) grants.listen('/a', callback);
  expect(grants.deliver(grantOf('/a'))).toEqual(callbacks);
  expect(grants.claim('/a')).toBeUndefined();
});

test('a grant that no callback waits for is kept, and can be claimed once', () => {
  const grants = new GrantTable();
  const callback = () => {};
  grants.listen('/a', callback);
  grants.unlisten('/a', callback);
  expect(grants.deliver(grantOf('/a'))).toEqual([]);
  expect(grants.claim('/a')).toEqual(grantOf('/a'));
  expect(grants.claim('/a')).toBeUndefined();
});

test('of more than 4,096 unclaimed grants the oldest are forgotten', () => {
  const grants = new GrantTable();
  for (let i = 0; i <= 4096; i++) grants.deliver(grantOf(`/a${i}`));
  expect(grants.claim('/a0')).toBeUndefined();
  expect(grants.claim('/a1')).toEqual(grantOf('/a1'));
  expect(grants.claim('/a4096')).toEqual(grantOf('/a4096'));
});
