import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Scenario } from '../src/scenario.ts';
import { simulate } from '../src/simulate.ts';

// Each file is a scenario that has failed once, cut down to the faults that it took, as `pnpm sim --save` writes it.
// docs/simulation.md tells what was wrong.
const FOLDER = new URL('../regressions/', import.meta.url);

test.each(readdirSync(FOLDER))('%s fails no more', async (name) => {
  const scenario = JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Scenario;
  expect((await simulate(scenario)).failure).toBeUndefined();
});
