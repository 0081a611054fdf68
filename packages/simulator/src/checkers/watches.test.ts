import { describe, expect, test } from 'vitest';
import { at, pastOf } from './past.fixture.ts';
import { type ArmedWatch, checkOrderOfEvents, checkWatch, type FiredEvent } from './watches.ts';

const past = pastOf({
  '/x': { 1: 'x1', 5: 'x5', 9: null, 12: 'x12' },
  '/y': { 3: 'y3', 4: null },
});

const armed = (watch: Partial<ArmedWatch>): ArmedWatch => ({
  session: 'c1',
  kind: 'data',
  path: '/x',
  since: at(1),
  events: [],
  isRearmed: false,
  ...watch,
});
const event = (type: FiredEvent['type'], counter: number, seen: number, path = '/x'): FiredEvent => ({
  type,
  path,
  zxid: at(counter),
  seen: at(seen),
});

describe('a one-shot watch is correct', () => {
  test.each<[string, ArmedWatch, number]>([
    ['if it has not fired and the change is not visible', armed({}), 4],
    ['if it fired for the first change', armed({ events: [event('dataChanged', 5, 4)] }), 5],
    ['if it fired for a deletion', armed({ since: at(5), events: [event('deleted', 9, 8)] }), 12],
    [
      'if it is a child watch and fired for a child',
      armed({ kind: 'child', path: '/', since: at(1), events: [event('childrenChanged', 3, 2, '/')] }),
      3,
    ],
    [
      'if it waits for a creation and fired for it',
      armed({ kind: 'exist', since: at(10), events: [event('created', 12, 10)] }),
      12,
    ],
    [
      'if it was set again and then reported a missed change',
      armed({ isRearmed: true, events: [event('deleted', 9, 5)] }),
      9,
    ],
    [
      'if it was set again and the node was created and deleted in between',
      armed({ kind: 'exist', path: '/y', since: at(2), isRearmed: true }),
      12,
    ],
    ['if nothing has changed', armed({ since: at(12) }), 20],
  ])('%s', (_, watch, seen) => {
    expect(() => checkWatch(watch, past, at(seen))).not.toThrow();
  });
});

describe('a one-shot watch is wrong', () => {
  const before = 'a watch fires before the change can be read';
  test.each<[string, ArmedWatch, number]>([
    [before, armed({}), 5],
    [before, armed({ events: [event('dataChanged', 5, 5)] }), 5],
    [before, armed({ kind: 'child', path: '/', since: at(1) }), 3],
    [before, armed({ kind: 'exist', path: '/y', since: at(2) }), 12],
    [before, armed({ kind: 'exist', since: at(10), events: [event('created', 12, 12)] }), 12],
    [
      'a watch fires for a change',
      armed({ kind: 'exist', since: at(10), events: [event('created', 11, 10)] }),
      12,
    ],
    [
      'a watch reports what has changed',
      armed({ kind: 'exist', since: at(10), events: [event('dataChanged', 12, 10)] }),
      12,
    ],
    [
      'a one-shot watch fires once',
      armed({ events: [event('dataChanged', 5, 4), event('deleted', 9, 8)] }),
      9,
    ],
    ['a watch reports its own path', armed({ events: [event('dataChanged', 5, 4, '/y')] }), 5],
    ['a watch fires for a change', armed({ since: at(12), events: [event('dataChanged', 13, 12)] }), 13],
    ['a watch fires for the first change', armed({ events: [event('deleted', 9, 4)] }), 9],
    ['a watch reports what has changed', armed({ events: [event('deleted', 5, 4)] }), 5],
  ])('in the property "%s"', (property, watch, seen) => {
    expect(() => checkWatch(watch, past, at(seen))).toThrow(expect.objectContaining({ property }));
  });
});

test('events that are out of order are a violation', () => {
  expect(() => checkOrderOfEvents('c1', [at(1), at(1), at(4)])).not.toThrow();
  expect(() => checkOrderOfEvents('c1', [at(1), at(4), at(2)])).toThrow('0x100000002 after 0x100000004');
});
