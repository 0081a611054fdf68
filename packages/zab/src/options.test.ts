import { expect, test } from 'vitest';
import { resolveOptions, type ZabOptions } from './options.ts';
import { majority } from './quorum.ts';

const least = { id: 1, quorum: majority([1, 2, 3]) };

test('the defaults are accepted', () => {
  expect(resolveOptions(least)).toMatchObject({
    suspicionTicks: 14,
    counterMax: 2 ** 32 - 1,
    counterReserve: 2 ** 20,
  });
});

test('the reserve fits a small counter', () => {
  expect(resolveOptions({ ...least, counterMax: 9 }).counterReserve).toBe(4);
});

test.each<[string, Partial<ZabOptions>]>([
  ['a server outside its ensemble', { id: 4 }],
  ['links given up before a ping is due', { heartbeatTicks: 5, suspicionTicks: 5 }],
  ['no time to synchronise', { syncTicks: 0 }],
  ['half a tick', { electionSettleTicks: 0.5 }],
  ['a counter of more than 32 bits', { counterMax: 2 ** 32 }],
  ['a reserve as large as the counter', { counterMax: 4, counterReserve: 4 }],
  ['a counter without room for a reserve', { counterMax: 1 }],
])('%s is refused', (_, options) => {
  expect(() => resolveOptions({ ...least, ...options })).toThrow(RangeError);
});
