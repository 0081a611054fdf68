import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { type Catch, huntAll } from '../src/mutations/hunt.ts';
import { mutations } from '../src/mutations/mutations.ts';

/** Those that are found so soon are hunted for here; `pnpm sim --mutations` hunts for all. */
const SEEDS_MAX = 5;

test('deliberate bugs that show soon are found', async () => {
  const easy = mutations.filter(({ seeds }) => seeds <= SEEDS_MAX);
  expect(easy.length).toBeGreaterThanOrEqual(8);
  const catches: Catch[] = [];
  await huntAll(easy, availableParallelism(), (caught) => catches.push(caught));
  const missed = catches.filter(({ seed }) => seed === undefined);
  expect(missed.map(({ mutation, told }) => `${mutation.name}: ${told}`)).toEqual([]);
});
