import { expect, test } from 'vitest';
import { checkSessionLifetime } from './session-lifetime.ts';

const life = (provedAtMs: number, expiredAtMs: number | undefined) => ({
  session: 'c1',
  timeoutMs: 1_000,
  provedAtMs,
  expiredAtMs,
});

test.each([
  ['alive', life(500, undefined)],
  ['expired after its timeout', life(500, 1_500)],
  ['expired by a clock that is fast', life(500, 1_485)],
  ['never heard of', life(Number.NEGATIVE_INFINITY, 100)],
])('good: %s', (_, each) => {
  expect(() => checkSessionLifetime(each, 0.02)).not.toThrow();
});

test.each([
  ['expired within its timeout', life(500, 1_400)],
  ['answered after it was over', life(500, 300)],
])('bad: %s', (_, each) => {
  expect(() => checkSessionLifetime(each, 0.02)).toThrow('no session expires within its timeout');
});
