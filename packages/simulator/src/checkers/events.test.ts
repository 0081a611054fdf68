import type { TreeEvent } from '@conclave/client';
import { describe, expect, test } from 'vitest';
import { checkEvents, type FollowedTree } from './events.ts';
import { at } from './past.fixture.ts';
import type { NodeChange } from './znode-history.ts';

const change = (counter: number, type: NodeChange['type'], path: string): NodeChange => ({
  zxid: at(counter),
  type,
  path,
});
const changes = [
  change(1, 'created', '/a'),
  change(2, 'created', '/a/x'),
  change(3, 'dataChanged', '/a/x'),
  change(4, 'created', '/b'),
  change(5, 'dataChanged', '/a'),
  change(6, 'deleted', '/a/x'),
];
const event = (counter: number, type: Exclude<TreeEvent['type'], 'gap'>, path: string): TreeEvent => ({
  type,
  path,
  zxid: at(counter),
});
const gap = (counter: number): TreeEvent => ({ type: 'gap', path: '/a', zxid: at(counter) });

const all = [
  event(2, 'created', '/a/x'),
  event(3, 'dataChanged', '/a/x'),
  event(5, 'dataChanged', '/a'),
  event(6, 'deleted', '/a/x'),
];
const flat = [
  event(2, 'childrenChanged', '/a'),
  event(5, 'dataChanged', '/a'),
  event(6, 'childrenChanged', '/a'),
];
const followed = (events: readonly TreeEvent[], recursive = true): FollowedTree => ({
  session: 'c1',
  path: '/a',
  recursive,
  since: at(1),
  events,
});

describe('the events of a persistent watch are correct', () => {
  test.each<[string, FollowedTree, number]>([
    ['if they are complete', followed(all), 6],
    ['if they reach up to what the session has seen', followed(all.slice(0, 2)), 4],
    ['if some are newer than what the session has seen', followed(all), 3],
    ['if some happened before the watch was set', followed([event(1, 'created', '/a'), ...all]), 6],
    ['if they are complete after a gap', followed([gap(4), ...all.slice(2)]), 6],
    ['if they are those of a node and its children', followed(flat, false), 6],
  ])('%s', (_, each, seen) => {
    expect(() => checkEvents(each, changes, at(seen))).not.toThrow();
  });
});

describe('the events of a persistent watch are wrong', () => {
  const missing = 'a followed tree misses nothing';
  test.each<[string, FollowedTree, number]>([
    [missing, followed(all.slice(0, 3)), 6],
    [missing, followed(all.slice(1)), 6],
    [missing, followed([gap(4), ...all.slice(3)]), 6],
    [missing, followed(flat.slice(1), false), 6],
    ['no change is reported twice', followed([...all, event(6, 'deleted', '/a/x')]), 6],
    [
      'changes are reported in order',
      followed([event(3, 'dataChanged', '/a/x'), event(2, 'created', '/a/x')]),
      3,
    ],
    ['a watch fires for a change', followed([...all, event(7, 'created', '/a/y')]), 6],
    ['a watch fires for a change', followed([...all.slice(0, 2), event(4, 'created', '/b')]), 4],
  ])('in the property "%s"', (property, each, seen) => {
    const check = () => checkEvents(each, changes, at(seen));
    expect(check).toThrow(expect.objectContaining({ property }));
  });
});
