import { expect, test } from 'vitest';
import type { Call, JournalEntry } from '../clients/journal.ts';
import { callsOf, creationHistory, registerHistories } from './calls.ts';

const create: Call = { work: 'sequences', mark: 'm1' };
const get: Call = { work: 'registers', group: 'g', input: { op: 'get', key: 'k' } };
const called = (id: number, call: Call, at: number): JournalEntry => ({
  type: 'called',
  id,
  session: 's',
  call,
  at,
});

test('a call that never ended has an unknown outcome and may take effect at any later time', () => {
  const [call] = callsOf({ client: 'c', killedAt: 9, entries: [called(1, create, 5)] });
  expect(call).toMatchObject({
    begunAt: 5,
    endedAt: Number.POSITIVE_INFINITY,
    outcome: { type: 'unknown' },
    writes: true,
  });
});

test('each kind of work has its own history of requests and answers', () => {
  const calls = callsOf({
    client: 'c',
    killedAt: undefined,
    entries: [
      called(1, create, 1),
      called(2, get, 2),
      { type: 'ended', id: 2, outcome: { type: 'done', result: { value: 'v', version: 3 } }, at: 4 },
      { type: 'ended', id: 1, outcome: { type: 'done', result: { path: '/n-1' } }, at: 6 },
    ],
  });
  expect(creationHistory(calls, 'sequences')).toMatchObject([
    { input: 'm1', begunAt: 1, endedAt: 6, outcome: { type: 'done', result: '/n-1' } },
  ]);
  expect(registerHistories(calls).get('g')).toMatchObject([
    { input: { op: 'get' }, outcome: { result: { value: 'v', version: 3 } } },
  ]);
  expect(calls.map(({ writes }) => writes)).toEqual([true, false]);
});
