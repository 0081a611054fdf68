import { expect, test } from 'vitest';
import type { JournalEntry } from '../clients/journal.ts';
import { holdingsOf, takingsOf, visitsOf } from './observations.ts';

test('a client that was killed holds nothing any more', () => {
  const entries: JournalEntry[] = [
    { type: 'held', session: 's', lock: 'red', token: 1, at: 1 },
    { type: 'released', lock: 'red', token: 1, at: 2 },
    { type: 'held', session: 's', lock: 'red', token: 5, at: 3 },
  ];
  expect(holdingsOf({ client: 'c', killedAt: 7, entries }).map(({ until }) => until)).toEqual([2, 7]);
  expect(holdingsOf({ client: 'c', killedAt: undefined, entries }).map(({ until }) => until)).toEqual([
    2,
    Number.POSITIVE_INFINITY,
  ]);
});

test('a taking has the time for which the client believed in it, and the outcome of its removal', () => {
  const entries: JournalEntry[] = [
    { type: 'taken', session: 's', mark: 'm1', token: 1, at: 1 },
    { type: 'kept', token: 1, at: 5 },
    { type: 'removal', token: 1, outcome: 'unknown' },
    { type: 'removal', token: 1, outcome: 'done' },
    { type: 'taken', session: 's', mark: 'm2', token: 2, at: 6 },
  ];
  expect(takingsOf({ client: 'c', killedAt: undefined, entries })).toEqual([
    { what: 'm1', holder: 's', token: 1, from: 1, until: 5, removal: 'done' },
    { what: 'm2', holder: 's', token: 2, from: 6, until: 6, removal: 'none' },
  ]);
});

test('a visit to the barrier has reached its last recorded step', () => {
  const step = (visit: number, name: 'enters' | 'entered' | 'leaves' | 'left', at: number): JournalEntry => ({
    type: 'barrier',
    session: 's',
    visit,
    step: name,
    at,
    ...(name === 'entered' ? { round: 7 } : {}),
  });
  const entries = [
    step(1, 'enters', 1),
    step(1, 'entered', 2),
    step(1, 'leaves', 3),
    step(1, 'left', 4),
    step(2, 'enters', 5),
  ];
  expect(visitsOf({ client: 'c', killedAt: undefined, entries })).toEqual([
    { participant: 's', enterBegunAt: 1, round: 7, enteredAt: 2, leaveBegunAt: 3, leftAt: 4 },
    { participant: 's', enterBegunAt: 5 },
  ]);
});
