import { describe, expect, test } from 'vitest';
import { at, pastOf } from './past.fixture.ts';
import { type SessionAnswer, SessionOrder, type SessionRead } from './session-order.ts';

const past = pastOf({
  '/x': { 1: 'x1', 5: 'x5', 9: null, 12: 'x12' },
  '/y': { 2: 'y2', 7: 'y7' },
});

const read = (path: string, counter: number | undefined, since = 0): SessionRead => {
  const node =
    counter === undefined ? undefined : past.pastOf(path).find(({ zxid }) => zxid === at(counter))?.node;
  return { type: 'read', path, node, data: node?.data ?? '', since: at(since), isRepeated: false };
};
const wrote = (counter: number): SessionAnswer => ({ type: 'write', zxid: at(counter) });

function judge(answers: readonly SessionAnswer[]): SessionOrder {
  const order = new SessionOrder('c1', past);
  for (const answer of answers) order.handleAnswer(answer);
  return order;
}

describe('good', () => {
  test.each<[string, SessionAnswer[]]>([
    ['an old state, as long as it does not go back', [read('/x', 1), read('/y', 2), read('/x', 5)]],
    ['the same twice', [read('/x', 5), read('/x', 5)]],
    ['nothing, before there was something', [read('/x', undefined), read('/x', 1)]],
    ['nothing, between a deletion and a creation', [read('/x', 5), read('/x', undefined), read('/x', 12)]],
    ['its own write', [wrote(7), read('/y', 7), read('/x', 5)]],
    ['what is as new as it must be', [read('/x', 5, 5), read('/y', 7, 8)]],
    ['what is newer than it must be', [read('/x', 12, 1)]],
    [
      'a read that was sent again sees the write behind it',
      [{ ...read('/y', 7), isRepeated: true }, wrote(7), read('/y', 7)],
    ],
  ])('%s', (_, answers) => {
    expect(() => judge(answers)).not.toThrow();
  });

  test('the cut is the earliest that explains the answers', () => {
    expect(judge([read('/x', 5)]).cut).toBe(at(5));
    expect(judge([read('/x', 5), read('/y', 2)]).cut).toBe(at(5));
    expect(judge([read('/y', 7), read('/x', undefined)]).cut).toBe(at(9));
  });
});

describe('bad', () => {
  test.each<[string, SessionAnswer[]]>([
    ['new, then old, of one node', [read('/x', 5), read('/x', 1)]],
    ['new of one node, then old of another', [read('/y', 7), read('/x', 1)]],
    ['not its own write', [wrote(7), read('/y', 2)]],
    ['older than it must be', [read('/x', 1, 5)]],
    ['gone, when it was there', [read('/y', undefined, 7)]],
    ['there, when it was gone', [read('/x', 5, 9)]],
    ['nothing, after something was seen that is never deleted', [read('/y', 7), read('/y', undefined)]],
    ['what never was', [{ ...read('/x', 5), data: 'stranger' }]],
  ])('%s', (_, answers) => {
    expect(() => judge(answers)).toThrow(expect.objectContaining({ property: 'no stale read' }));
  });

  test('a write before what was seen', () => {
    expect(() => judge([read('/y', 7), wrote(5)])).toThrow(
      expect.objectContaining({ property: 'order of a session' }),
    );
  });
});
