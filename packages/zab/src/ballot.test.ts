import { makeZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { compareCandidates } from './ballot.ts';

const candidate = (currentEpoch: number, epoch: number, counter: number) => ({
  currentEpoch,
  lastZxid: makeZxid(epoch, counter),
});

test.each([
  ['a later epoch beats a longer log', [1, candidate(3, 1, 5)], [2, candidate(2, 1, 9)]],
  ['in one epoch the longer log wins', [1, candidate(2, 2, 5)], [2, candidate(2, 2, 4)]],
  ['a later entry wins, whatever the counters', [1, candidate(2, 2, 1)], [2, candidate(2, 1, 9)]],
  ['the id decides between equals', [2, candidate(2, 2, 5)], [1, candidate(2, 2, 5)]],
] as const)('%s', (_, [betterId, better], [worseId, worse]) => {
  expect(compareCandidates(betterId, better, worseId, worse)).toBeGreaterThan(0);
  expect(compareCandidates(worseId, worse, betterId, better)).toBeLessThan(0);
});
