import { expect, test } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { drawScenario } from '../scenario.ts';
import { simulate } from '../simulate.ts';

/** Every client is paused now and then, for longer than its session timeout. */
const pauses: Fault[] = Array.from({ length: 24 }, (_, i) => ({
  atMs: 700 * (i + 1),
  type: 'client-pause',
  client: (i % 2) + 1,
  forMs: 4_000,
}));

test('holders that were paused act late, but a resource that checks fencing tokens admits none of them', async () => {
  let lateUses = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const workloads = ['locks', 'elections'];
    const scenario = drawScenario(seed, workloads, {
      servers: 3,
      workloads,
      faults: pauses,
      troubleMs: 20_000,
    });
    const { failure, tally } = await simulate(scenario);
    expect(failure).toBeUndefined();
    lateUses += tally.lateUses;
  }
  expect(lateUses).toBeGreaterThan(0);
});
