import { expect, test } from 'vitest';
import type { Operation, Outcome } from '../history.ts';
import { checkQueue, type Taking } from './queue.ts';

const put = (mark: string, type: 'done' | 'unknown' | 'never' = 'done'): Operation<string, string> => {
  const outcome: Outcome<string> = type === 'done' ? { type, result: `/${mark}` } : { type };
  return { session: 's', input: mark, begunAt: 1, endedAt: 2, outcome };
};
const taken = (
  mark: string,
  token: number,
  from: number,
  until: number,
  removal: Taking['removal'],
): Taking => ({
  what: mark,
  holder: `t${token}`,
  token,
  from,
  until,
  removal,
});

test.each<[string, Operation<string, string>[], Taking[], string[]]>([
  ['an item was put and is still there', [put('a')], [], ['a']],
  ['an item was put and taken', [put('a')], [taken('a', 1, 3, 5, 'done')], []],
  [
    'an item was given up and then taken',
    [put('a')],
    [taken('a', 1, 3, 5, 'none'), taken('a', 2, 6, 8, 'done')],
    [],
  ],
  ['an item was removed and the answer was lost', [put('a')], [taken('a', 1, 3, 5, 'unknown')], []],
  ['an item was not removed and the answer was lost', [put('a')], [taken('a', 1, 3, 5, 'unknown')], ['a']],
  ['items may or may not have been put', [put('a', 'unknown'), put('b', 'unknown')], [], ['b']],
  ['an item was never put', [put('a', 'never')], [], []],
])('a queue is correct if %s', (_, puts, takings, left) => {
  expect(() => checkQueue('/q', puts, takings, left)).not.toThrow();
});

test.each<[string, Operation<string, string>[], Taking[], string[]]>([
  ['nothing acknowledged is lost', [put('a')], [], []],
  ['nothing acknowledged is lost', [put('a')], [taken('a', 1, 3, 5, 'none')], []],
  ['an item is removed once', [put('a')], [taken('a', 1, 3, 5, 'done'), taken('a', 2, 6, 8, 'done')], []],
  ['an item is removed once', [put('a')], [taken('a', 1, 3, 5, 'done'), taken('a', 2, 6, 8, 'none')], []],
  ['an item is removed once', [put('a')], [taken('a', 1, 3, 5, 'done')], ['a']],
  ['one holder at a time', [put('a')], [taken('a', 1, 3, 7, 'none'), taken('a', 2, 6, 8, 'done')], []],
  ['exactly once', [put('a')], [], ['a', 'a']],
  ['integrity', [put('a')], [], ['a', 'b']],
  ['integrity', [put('a', 'never')], [], ['a']],
])('a queue violates "%s"', (property, puts, takings, left) => {
  const check = () => checkQueue('/q', puts, takings, left);
  expect(check).toThrow(expect.objectContaining({ property }));
});
