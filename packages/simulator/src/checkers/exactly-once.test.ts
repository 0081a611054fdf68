import { describe, expect, test } from 'vitest';
import type { Operation, Outcome } from '../history.ts';
import { checkExactlyOnce, type Effect } from './exactly-once.ts';

const asked = (mark: string, outcome: Outcome<string>): Operation<string, string> => ({
  session: 's',
  input: mark,
  begunAt: 1,
  endedAt: 2,
  outcome,
});
const at = (mark: string, place: string): Effect => ({ mark, place });
const done = (result: string): Outcome<string> => ({ type: 'done', result });

describe('a request took effect as often as it may', () => {
  test.each<[string, Outcome<string>, Effect[]]>([
    ['if it was answered and its effect is there', done('/1'), [at('a', '/1')]],
    ['if its outcome is unknown and its effect is there', { type: 'unknown' }, [at('a', '/1')]],
    ['if its outcome is unknown and it has no effect', { type: 'unknown' }, []],
    ['if it was refused and has no effect', { type: 'refused', code: 'NO_NODE' }, []],
    ['if it was never sent and has no effect', { type: 'never' }, []],
  ])('%s', (_, outcome, effects) => {
    expect(() => checkExactlyOnce('/q', [asked('a', outcome)], effects)).not.toThrow();
  });
});

describe('the effects of a request are wrong', () => {
  test.each<[string, Outcome<string>, Effect[]]>([
    ['nothing acknowledged is lost', done('/1'), []],
    ['exactly once', done('/1'), [at('a', '/1'), at('a', '/2')]],
    ['exactly once', { type: 'unknown' }, [at('a', '/1'), at('a', '/2')]],
    ['exactly once', done('/1'), [at('a', '/2')]],
    ['a refusal has no effect', { type: 'refused', code: 'NO_NODE' }, [at('a', '/1')]],
    ['a refusal has no effect', { type: 'never' }, [at('a', '/1')]],
    ['integrity', done('/1'), [at('a', '/1'), at('b', '/2')]],
  ])('in the property "%s"', (property, outcome, effects) => {
    const check = () => checkExactlyOnce('/q', [asked('a', outcome)], effects);
    expect(check).toThrow(expect.objectContaining({ property }));
  });
});
