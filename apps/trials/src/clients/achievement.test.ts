import { expect, test } from 'vitest';
import { achievementOf, achievements } from './achievement.ts';
import type { Call } from './journal.ts';

const DONE: readonly Call[] = [
  { work: 'sequences', mark: 'm' },
  { work: 'registers', group: 'g', input: { op: 'get', key: 'k' } },
  { work: 'locks', what: 'acquire red' },
  { work: 'fenced', lock: 'red', token: 1, isOver: false },
  { work: 'ephemerals', what: 'look' },
  { work: 'queues', mark: 'm' },
  { work: 'claims', what: 'remove' },
  { work: 'barriers', what: 'leave' },
];

const STEPS: readonly Call[] = [
  { work: 'ephemerals', what: 'create' },
  { work: 'watches', what: 'arm' },
  { work: 'locks', what: 'release red' },
  { work: 'fenced', lock: 'red', token: 1, isOver: true },
  { work: 'claims', what: 'list' },
  { work: 'barriers', what: 'enter' },
];

test('every achievement belongs to one kind of call, and intermediate steps to none', () => {
  expect(DONE.map(achievementOf)).toEqual(achievements.filter((each) => each !== 'a watch fired'));
  expect(STEPS.map(achievementOf)).toEqual(STEPS.map(() => undefined));
});
