import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readScenario } from '../src/scenario-file.ts';
import { simulate } from '../src/simulate.ts';

// Each file is a scenario that has failed once, reduced to the faults that it needed, as `npm run sim -- --save` writes it.
// docs/simulation.md describes what was wrong.
const FOLDER = new URL('../regressions/', import.meta.url);

test.each(readdirSync(FOLDER))('the scenario %s no longer fails', async (name) => {
  const scenario = readScenario(fileURLToPath(new URL(name, FOLDER)));
  expect((await simulate(scenario)).failure).toBeUndefined();
});
