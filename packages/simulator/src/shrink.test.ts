import { describe, expect, test } from 'vitest';
import type { Fault } from './faults/fault.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import { Violation } from './violation.ts';
import { workloadNames } from './workloads/index.ts';

const target = { type: 'leader' } as const;
const pause = (atMs: number, forMs: number): Fault => ({ atMs, type: 'pause', target, forMs });
const answersLost = (atMs: number, client: number): Fault => ({
  atMs,
  type: 'lose-answers',
  client,
  forMs: 5,
});
const slowLink = (atMs: number): Fault => ({
  atMs,
  type: 'slow-link',
  target,
  to: 'servers',
  extraMs: 200,
  bytesPerMs: 10,
  forMs: 1_000,
});
const faults = [
  ...Array.from({ length: 40 }, (_, i) => pause(i, 5)),
  pause(1_000, 4_000),
  answersLost(1_500, 2),
  slowLink(1_700),
  answersLost(2_000, 4),
  pause(9_000, 5),
];
const drawn = drawScenario(1, workloadNames, { servers: 3, troubleMs: 14_000, faults });
const [anyClient] = drawn.clients;
if (anyClient === undefined) throw new Error('a scenario without clients');
const scenario: Scenario = {
  ...drawn,
  clients: Array.from({ length: 7 }, () => anyClient),
  workloads: ['reads', 'locks', 'queues', 'events'],
};

const failure = new Violation('this does not hold', 'as it should');
const has = ({ faults: some }: Scenario, is: (fault: Fault) => boolean) => some.some(is);

/** Shrinks a scenario that fails as `fails` says. If it does not, it fails in another way. */
async function shrinkWith(fails: (scenario: Scenario) => boolean) {
  let runs = 0;
  const sizes: Scenario[] = [];
  const play = async (smaller: Scenario) => {
    runs++;
    return { failure: fails(smaller) ? failure : new Violation('something else', 'does not hold either') };
  };
  const smallest = await shrink({ scenario, failure }, { play, onSmaller: (each) => sizes.push(each) });
  return { smallest, runs, sizes };
}

describe('shrinking', () => {
  test('reduces a scenario to what it needs to fail in the same way', async () => {
    const { smallest, runs, sizes } = await shrinkWith(
      (each) =>
        has(each, (fault) => fault.type === 'pause' && fault.forMs >= 900 && fault.atMs < each.troubleMs) &&
        has(each, (fault) => fault.type === 'lose-answers' && fault.client === 2) &&
        each.workloads.includes('locks') &&
        each.clients.length >= 2,
    );
    expect(smallest).toMatchObject({
      workloads: ['locks'],
      clients: [anyClient, anyClient],
      faults: [pause(1_000, 1_000), { ...answersLost(1_500, 2), forMs: 1 }],
    });
    expect(smallest.troubleMs).toBeGreaterThan(1_500);
    expect(smallest.troubleMs).toBeLessThan(1_700);
    expect(runs).toBeLessThan(150);
    expect(sizes.at(-1)).toBe(smallest);
    expect(smallest).toEqual({ ...scenario, ...smallest });
  });

  test('leaves two clients and one workload if the scenario always fails', async () => {
    const { smallest } = await shrinkWith(() => true);
    expect(smallest).toMatchObject({ faults: [], workloads: ['events'], clients: [anyClient, anyClient] });
    expect(smallest.troubleMs).toBeLessThan(200);
  });

  test('changes nothing if everything is needed', async () => {
    const { smallest, sizes } = await shrinkWith((each) => each === scenario);
    expect(smallest).toBe(scenario);
    expect(sizes).toEqual([]);
  });

  test('takes out the faults of a client together with it, and shortens times but leaves speeds', async () => {
    const { smallest } = await shrinkWith((each) => has(each, ({ type }) => type === 'slow-link'));
    expect(smallest).toMatchObject({
      clients: [anyClient, anyClient],
      faults: [{ ...slowLink(1_700), extraMs: 1, forMs: 1 }],
    });
  });

  test('starts again as long as anything gets smaller', async () => {
    // Without the queues, one fault less is needed.
    const needed = ({ workloads }: Scenario) => (workloads.includes('queues') ? 2 : 1);
    const { smallest } = await shrinkWith((each) => each.faults.length >= needed(each));
    expect(smallest.faults).toHaveLength(1);
  });

  test('takes the same steps each time', async () => {
    const fails = (each: Scenario) => each.faults.length % 3 === 0 && each.workloads.length > 1;
    expect((await shrinkWith(fails)).sizes).toEqual((await shrinkWith(fails)).sizes);
  });

  test('stops after its number of attempts, and keeps some of them for workloads and clients', async () => {
    const many = Array.from({ length: 400 }, (_, i) => pause(i, 4_000));
    let runs = 0;
    const play = async (each: Scenario) => {
      runs++;
      return { failure: each.faults.length === many.length ? failure : undefined };
    };
    const big = { ...scenario, faults: many };
    const smallest = await shrink({ scenario: big, failure }, { play });
    expect(runs).toBe(300);
    expect(smallest).toMatchObject({ workloads: ['events'], clients: [anyClient, anyClient] });
  });
});
