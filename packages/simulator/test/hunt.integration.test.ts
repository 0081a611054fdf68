import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { type Catch, huntAll } from '../src/mutations/hunt.ts';
import { mutations } from '../src/mutations/mutations.ts';

/** Bugs of each kind that are found soon. `npm run sim -- --mutations` hunts for all bugs. */
const QUICK: ReadonlySet<string> = new Set([
  'ack-before-fsync',
  'leader-counts-unwritten',
  'half-is-a-quorum',
  'skip-trunc',
  'deliver-at-newleader',
  'watch-after-reply',
  'watches-forgotten',
  'no-grace',
  'no-memory-of-answers',
  'fence-open',
  'ghost-contender',
  'early-barrier',
  'gate-open',
  'half-a-multi',
  'cversion-stays',
  'always-gap',
]);

test('the simulator finds the planted bugs that show soon', { timeout: 600_000 }, async () => {
  const quick = mutations.filter(({ name }) => QUICK.has(name));
  expect(quick).toHaveLength(QUICK.size);
  const catches: Catch[] = [];
  // Another test runs these seeds without a bug.
  const options = { atOnce: availableParallelism(), areSeedsClean: true };
  await huntAll(quick, options, (caught) => catches.push(caught));
  const missed = catches.filter(({ seed }) => seed === undefined);
  expect(missed.map(({ mutation, finding }) => `${mutation.name}: ${finding}`)).toEqual([]);
});
