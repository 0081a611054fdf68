import type { LineHolderResponse, Stat, Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { changesBetween, type NodeState, type WatchKind } from './watch-event.ts';

function node(czxid: number, mzxid = czxid, pzxid = czxid): NodeState {
  const stat = { czxid, mzxid, pzxid } as Stat;
  return { stat, holder: null, zxid: 99 as Zxid };
}

function held(token: number): NodeState {
  const holder = { node: `/l/${token}`, token } as LineHolderResponse;
  return { stat: null, holder, zxid: 99 as Zxid };
}

const nothing: NodeState = { stat: null, holder: null, zxid: 99 as Zxid };

test.each<[string, WatchKind, NodeState, NodeState, string[]]>([
  ['no change', 'data', node(1), node(1), []],
  ['a node that is still missing', 'data', nothing, nothing, []],
  ['creation', 'data', nothing, node(5, 7), ['created 5']],
  ['deletion', 'data', node(5), nothing, ['deleted 99']],
  ['new data', 'data', node(5), node(5, 8), ['dataChanged 8']],
  ['new children, which data does not watch', 'data', node(5), node(5, 5, 8), []],
  ['replacement', 'data', node(5), node(7, 8), ['deleted 7', 'created 7']],
  ['new children', 'children', node(5), node(5, 5, 8), ['childrenChanged 8']],
  ['new data, which children does not watch', 'children', node(5), node(5, 8), []],
  ['creation with children', 'children', nothing, node(5, 5, 8), ['created 5']],
  ['a first holder', 'holder', nothing, held(5), ['holderChanged 99']],
  ['another holder', 'holder', held(5), held(6), ['holderChanged 99']],
  ['no holder', 'holder', held(5), nothing, ['holderChanged 99']],
  ['the same holder', 'holder', held(5), held(5), []],
])('the difference between two states is right for %s (%s)', (_, kind, before, after, expected) => {
  const events = changesBetween(kind, '/a', before, after);
  expect(events.map(({ type, zxid }) => `${type} ${zxid}`)).toEqual(expected);
});
