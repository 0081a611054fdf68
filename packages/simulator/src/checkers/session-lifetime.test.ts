import { expect, test } from 'vitest';
import { checkSessionLifetime } from './session-lifetime.ts';

const life = (provedAtMs: number, expiredAtMs: number | undefined) => ({
  session: 'c1',
  timeoutMs: 1_000,
  provedAtMs,
  expiredAtMs,
});

test.each([
  ['it is alive', life(500, undefined)],
  ['it expired after its timeout', life(500, 1_500)],
  ['it expired by a clock that is fast', life(500, 1_485)],
  ['no request of it was ever answered', life(Number.NEGATIVE_INFINITY, 100)],
])('the lifetime of a session is correct if %s', (_, each) => {
  expect(() => checkSessionLifetime(each, 0.02)).not.toThrow();
});

test.each([
  ['it expired within its timeout', life(500, 1_400)],
  ['it was answered after it was over', life(500, 300)],
])('the lifetime of a session is wrong if %s', (_, each) => {
  expect(() => checkSessionLifetime(each, 0.02)).toThrow('no session expires within its timeout');
});
