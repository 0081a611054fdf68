import { expect, test } from 'vitest';
import { type BarrierVisit, checkBarrier } from './barrier.ts';

const a = { participant: 'a', enterBegunAt: 1, round: 7, enteredAt: 4, leaveBegunAt: 6, leftAt: 10 };
const b = { participant: 'b', enterBegunAt: 2, round: 7, enteredAt: 5, leaveBegunAt: 8, leftAt: 9 };

test.each<[string, BarrierVisit[]]>([
  ['no client comes', []],
  ['two clients enter and leave', [a, b]],
  ['one client waits in vain', [{ participant: 'a', enterBegunAt: 1 }]],
  ['one client was counted but got no answer', [a, { participant: 'b', enterBegunAt: 3 }]],
  [
    'one client gave up but was counted, and came again before its leaving took effect',
    [
      { participant: 'b', enterBegunAt: 2 },
      a,
      { participant: 'b', enterBegunAt: 3, round: 9, enteredAt: 13 },
      { participant: 'c', enterBegunAt: 12, round: 9, enteredAt: 13 },
    ],
  ],
  [
    'one client lost its place, and the other does not wait for it',
    [a, { participant: 'b', enterBegunAt: 2, round: 7, enteredAt: 5 }],
  ],
  [
    'a second round follows',
    [
      a,
      b,
      { ...a, enterBegunAt: 11, round: 9, enteredAt: 13, leaveBegunAt: 14, leftAt: 17 },
      { ...b, enterBegunAt: 12, round: 9, enteredAt: 15, leaveBegunAt: 16, leftAt: 18 },
    ],
  ],
])('a barrier is correct if %s', (_, visits) => {
  expect(() => checkBarrier('/b', 2, visits)).not.toThrow();
});

test.each<[string, BarrierVisit[]]>(
  [
    ['no client enters early', [a]],
    ['no client enters early', [a, { ...b, enterBegunAt: 4.5 }]],
    ['no client enters early', [{ participant: 'a', enterBegunAt: 0.5 }, a]],
    [
      'no client enters early',
      [{ participant: 'b', enterBegunAt: 0.1 }, a, { ...b, enterBegunAt: 0.2, round: 6, enteredAt: 0.9 }],
    ],
    ['all leave together', [a, { ...b, leaveBegunAt: 11, leftAt: 12 }]],
    ['all leave together', [a, { ...b, leaveBegunAt: 11 }]],
    [
      'rounds grow',
      [a, b, { ...a, enterBegunAt: 11, enteredAt: 13 }, { ...b, enterBegunAt: 12, enteredAt: 15 }],
    ],
  ].map(([property, visits]) => [property, visits] as [string, BarrierVisit[]]),
)('a barrier violates "%s"', (property, visits) => {
  expect(() => checkBarrier('/b', 2, visits)).toThrow(expect.objectContaining({ property }));
});
