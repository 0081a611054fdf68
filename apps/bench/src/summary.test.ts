import { describe, expect, it } from 'vitest';
import type { Sample } from './sample.ts';
import { behind, median, summarize } from './summary.ts';

function samples(scenario: 'set' | 'leader-killed', target: string, ...values: number[]): Sample[] {
  const measure = scenario === 'set' ? 'rate' : 'gap';
  return values.map((value, i) => ({
    scenario,
    target,
    round: i + 1,
    measure,
    value,
    ...(measure === 'gap' && { lost: 0 }),
  }));
}

describe('summarize', () => {
  it('takes the median of the rounds, and treats a higher rate as better', () => {
    const rows = summarize(
      [...samples('set', 'zookeeper', 10, 30, 20), ...samples('set', 'conclave', 50, 80, 60)],
      'zookeeper',
    );
    expect(rows).toEqual([
      {
        scenario: 'set',
        measure: 'rate',
        cells: [
          { target: 'zookeeper', median: 20, min: 10, max: 30 },
          { target: 'conclave', median: 60, min: 50, max: 80, timesBetter: 3 },
        ],
      },
    ]);
  });

  it('treats a shorter pause as better', () => {
    const all = [...samples('leader-killed', 'zookeeper', 400), ...samples('leader-killed', 'conclave', 100)];
    expect(summarize(all, 'zookeeper')[0]?.cells[1]).toMatchObject({ timesBetter: 4, lost: 0 });
  });

  it('compares nothing if the baseline was not measured', () => {
    expect(summarize(samples('set', 'conclave', 5), 'zookeeper')[0]?.cells[0]).not.toHaveProperty(
      'timesBetter',
    );
  });

  it('finds the scenarios in which Conclave is behind or has lost a write', () => {
    const slow = [...samples('set', 'zookeeper', 10), ...samples('set', 'conclave', 9)];
    const lossy = samples('leader-killed', 'conclave', 1).map((sample) => ({ ...sample, lost: 1 }));
    const rows = summarize([...slow, ...lossy], 'zookeeper');
    expect(behind(rows).map(({ scenario }) => scenario)).toEqual(['set', 'leader-killed']);
    expect(behind(summarize(samples('set', 'conclave', 1), undefined))).toEqual([]);
  });
});

it.each([
  [[3], 3],
  [[1, 9], 5],
  [[9, 1, 2], 2],
])('median of %j', (values, expected) => {
  expect(median(values)).toBe(expected);
});
