import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

// SEED=n replays one run, SEEDS=n tries that many.
const seed = Number(process.env.SEED ?? 0);
const seedsEnd = Number(process.env.SEEDS ?? 500);
const BLOCK = 50;

const blocks = Array.from({ length: Math.ceil(seedsEnd / BLOCK) }, (_, i) => i * BLOCK + 1);

if (seed > 0) {
  test(`an ensemble survives faults (seed ${seed})`, () => {
    expect(simulate(seed).sequence.length).toBeGreaterThan(0);
  });
} else {
  test.each(blocks)('an ensemble survives faults (%i and the seeds after it)', (first) => {
    for (let each = first; each < first + BLOCK; each++) {
      expect(simulate(each).sequence.length, `seed ${each}`).toBeGreaterThan(0);
    }
  });
}
