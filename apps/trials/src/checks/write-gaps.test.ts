import { expect, test } from 'vitest';
import type { CompletedCall } from './calls.ts';
import { writeGaps } from './write-gaps.ts';

function write(client: string, endedAt: number): CompletedCall {
  return {
    client,
    session: client,
    input: { work: 'sequences', mark: `${client}${endedAt}` },
    writes: true,
    begunAt: endedAt - 1,
    endedAt,
    outcome: { type: 'done', result: {} },
  };
}

const bounds = { from: 100, until: 200, killed: [] };

test('the gap of all clients ends with any write, the gap of one client with its own write', () => {
  const calls = [
    write('a', 90),
    write('b', 95),
    write('a', 110),
    write('b', 150),
    write('a', 190),
    write('b', 195),
  ];
  expect(writeGaps(calls, bounds)).toEqual({ everybody: 40, oneClient: 80 });
});

test('a gap that exceeds the bounds counts only within them', () => {
  expect(writeGaps([write('a', 20), write('a', 130), write('a', 400)], bounds).everybody).toBe(70);
  expect(writeGaps([], bounds)).toEqual({ everybody: 100, oneClient: 0 });
});

test('clients that joined later or were killed have no gap of their own', () => {
  const calls = [write('a', 99), write('killed', 99), write('late', 160), write('a', 150), write('a', 199)];
  expect(writeGaps(calls, { ...bounds, killed: ['killed'] }).oneClient).toBe(50);
});
