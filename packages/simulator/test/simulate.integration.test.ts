import { describe, expect, test } from 'vitest';
import { Crew } from '../src/crew.ts';
import type { Ensemble } from '../src/ensemble.ts';
import { drawScenario, type Scenario } from '../src/scenario.ts';
import { simulate } from '../src/simulate.ts';
import { Trace } from '../src/trace.ts';
import { workloadNames } from '../src/workloads/index.ts';

function scenarioOf(seed: number, changes: Partial<Scenario> = {}): Scenario {
  return { ...drawScenario(seed, workloadNames, { servers: 3, troubleMs: 2_000 }), ...changes };
}

describe('a seed', () => {
  test.each([1, 2, 3])(
    'always has the same run, recorded or not, in this process or another (seed %i)',
    async (seed) => {
      const crew = new Crew(2);
      try {
        const wishes = { servers: 3, troubleMs: 2_000 };
        const elsewhere = [crew.run({ seed, wishes }), crew.run({ seed, wishes })];
        const run = await simulate(scenarioOf(seed));
        const recorded = await simulate(scenarioOf(seed), { trace: new Trace({ record: true }) });
        expect(run.failure).toBeUndefined();
        expect(recorded.trace.hash).toBe(run.trace.hash);
        expect([...recorded.trace.lines()].length).toBeGreaterThan(1_000);
        for (const report of await Promise.all(elsewhere)) {
          expect(report).toMatchObject({ seed, hash: run.trace.hash, events: run.events });
        }
      } finally {
        crew.close();
      }
    },
  );

  test('has a different run from the next seed', async () => {
    const hashes = [await simulate(scenarioOf(1)), await simulate(scenarioOf(2))].map(
      ({ trace }) => trace.hash,
    );
    expect(hashes[0]).not.toBe(hashes[1]);
  });
});

describe('after the faults', () => {
  const calm = { faults: [] };

  async function propertyThatFails(sabotage: (ensemble: Ensemble) => void): Promise<string | undefined> {
    return (await simulate(scenarioOf(1, calm), { sabotage })).failure?.property;
  }

  test('a run does not fail if nothing is wrong', async () => {
    expect(await propertyThatFails(() => {})).toBeUndefined();
  });

  test('a run fails if a server stays away', async () => {
    const property = await propertyThatFails((ensemble) => ensemble.server(2).kill());
    expect(property).toBe('liveness: all servers serve');
  });

  test('a run fails if a server no longer receives anything', async () => {
    const property = await propertyThatFails(({ network }) => {
      for (const other of ['s2', 's3']) {
        network.block('s1', other, 'drop');
        network.block(other, 's1', 'drop');
      }
    });
    expect(property).toBe('liveness: all servers agree');
  });

  test('a run fails if a client makes no progress', async () => {
    const property = await propertyThatFails((ensemble) => ensemble.client(1).process?.pause());
    expect(property).toBe('liveness: every client makes progress');
  });

  test('a run fails if the ensemble never formed', async () => {
    const network = { latency: { leastMs: 30_000, jitterMs: 1 }, splits: 0 };
    const { failure } = await simulate(scenarioOf(1, { ...calm, network }));
    expect(failure?.property).toBe('liveness: prepare');
  });
});
