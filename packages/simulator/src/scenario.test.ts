import { expect, test } from 'vitest';
import { drawScenario } from './scenario.ts';
import { WORKLOADS_APART, workloadNames } from './workloads/index.ts';

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);
const together = workloadNames.filter((name) => WORKLOADS_APART[name] === undefined);

test('a workload that is drawn apart is in some runs, and does not change the rest of any run', () => {
  const drawn = SEEDS.map((seed) => drawScenario(seed, workloadNames));
  const without = SEEDS.map((seed) => drawScenario(seed, together));
  const others = ({ workloads, ...rest }: (typeof drawn)[number]) => ({
    ...rest,
    workloads: workloads.filter((name) => together.includes(name)),
  });
  expect(drawn.map(others)).toEqual(without);
  for (const name of Object.keys(WORKLOADS_APART)) {
    const share = drawn.filter(({ workloads }) => workloads.includes(name)).length / SEEDS.length;
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.5);
  }
});
