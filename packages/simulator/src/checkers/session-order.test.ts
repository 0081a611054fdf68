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

describe('the answers to a session are in order', () => {
  test.each<[string, SessionAnswer[]]>([
    ['if they show an old state but never go back', [read('/x', 1), read('/y', 2), read('/x', 5)]],
    ['if they show the same twice', [read('/x', 5), read('/x', 5)]],
    ['if a node is missing before its creation', [read('/x', undefined), read('/x', 1)]],
    [
      'if a node is missing between a deletion and a creation',
      [read('/x', 5), read('/x', undefined), read('/x', 12)],
    ],
    ['if they show its own write', [wrote(7), read('/y', 7), read('/x', 5)]],
    ['if they are as new as they must be', [read('/x', 5, 5), read('/y', 7, 8)]],
    ['if they are newer than they must be', [read('/x', 12, 1)]],
    [
      'if a read that was sent again shows the write behind it',
      [{ ...read('/y', 7), isRepeated: true }, wrote(7), read('/y', 7)],
    ],
  ])('%s', (_, answers) => {
    expect(() => judge(answers)).not.toThrow();
  });

  test('the cut is the earliest moment that explains the answers', () => {
    expect(judge([read('/x', 5)]).cut).toBe(at(5));
    expect(judge([read('/x', 5), read('/y', 2)]).cut).toBe(at(5));
    expect(judge([read('/y', 7), read('/x', undefined)]).cut).toBe(at(9));
  });
});

describe('the answers to a session are stale', () => {
  test.each<[string, SessionAnswer[]]>([
    ['if they show a new and then an old state of one node', [read('/x', 5), read('/x', 1)]],
    ['if they show a new state of one node and then an old one of another', [read('/y', 7), read('/x', 1)]],
    ['if they do not show its own write', [wrote(7), read('/y', 2)]],
    ['if they are older than they must be', [read('/x', 1, 5)]],
    ['if an existing node is missing', [read('/y', undefined, 7)]],
    ['if they show a deleted node', [read('/x', 5, 9)]],
    ['if a node that is never deleted is missing after it was seen', [read('/y', 7), read('/y', undefined)]],
    ['if they show data that never existed', [{ ...read('/x', 5), data: 'stranger' }]],
  ])('%s', (_, answers) => {
    expect(() => judge(answers)).toThrow(expect.objectContaining({ property: 'no stale read' }));
  });

  test('a write at a zxid that is older than an answer before it is a violation', () => {
    expect(() => judge([read('/y', 7), wrote(5)])).toThrow(
      expect.objectContaining({ property: 'order of a session' }),
    );
  });
});
