import type { Fault } from './faults/fault.ts';
import type { Scenario } from './scenario.ts';
import { type Run, simulate } from './simulate.ts';

/** More attempts than this are not made. */
const RUNS_MAX = 200;

/**
 * Cuts the faults of a failing scenario down to those without which it does not fail in the same way: larger pieces first,
 * then one by one (delta debugging: Zeller and Hildebrandt, 2002).
 */
export async function shrink(
  failing: Run,
  onSmaller: (scenario: Scenario) => void = () => {},
): Promise<Scenario> {
  const property = failing.failure?.property;
  let scenario = failing.scenario;
  let runs = 0;
  for (let size = Math.ceil(scenario.faults.length / 2); size >= 1; ) {
    let hasShrunk = false;
    for (let from = 0; from < scenario.faults.length && runs < RUNS_MAX; ) {
      const faults = without(scenario.faults, from, size);
      runs++;
      const { failure } = await simulate({ ...scenario, faults });
      if (failure?.property === property) {
        scenario = { ...scenario, faults };
        hasShrunk = true;
        onSmaller(scenario);
      } else {
        from += size;
      }
    }
    if (runs >= RUNS_MAX) break;
    if (size > 1) size = Math.floor(size / 2);
    else if (!hasShrunk) break;
  }
  return scenario;
}

function without(faults: readonly Fault[], from: number, count: number): Fault[] {
  return [...faults.slice(0, from), ...faults.slice(from + count)];
}
