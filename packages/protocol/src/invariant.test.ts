import { expect, test } from 'vitest';
import { InvariantError, invariant, unreachable } from './invariant.ts';

test('a condition that holds passes, and one that does not throws with its text', () => {
  invariant(true, 'never thrown');
  expect(() => invariant(false, 'the count is negative')).toThrow(
    new InvariantError('the count is negative'),
  );
  expect(new InvariantError('')).toMatchObject({ name: 'InvariantError', code: 'INVARIANT_BROKEN' });
});

test.each([
  ['a text', 'stop', 'unexpected "stop"'],
  ['a message', { type: 'stop', session: 7n }, 'unexpected {"type":"stop","session":"7n"}'],
  ['nothing', undefined, 'unexpected undefined'],
])('an unreachable case names %s', (_, value, message) => {
  expect(() => unreachable(value as never)).toThrow(new InvariantError(message));
});
