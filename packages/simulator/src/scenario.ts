import { Random } from '@conclave/testkit';
import type { EnsembleOptions } from './ensemble.ts';
import { drawFaults } from './faults/draw-faults.ts';
import type { Fault } from './faults/fault.ts';
import { WORKLOADS_APART } from './workloads/index.ts';
import type { ClockErrors } from './world/machine.ts';

/** Everything that a run is made of, except what its seed decides during the run. It is plain data. */
export interface Scenario extends EnsembleOptions {
  readonly seed: number;
  /** Work that a turn defers to its end is done within this time, together with work that arrives meanwhile. */
  readonly turnMs: number;
  readonly workloads: readonly string[];
  /** How long the faults go on. */
  readonly troubleMs: number;
  readonly faults: readonly Fault[];
}

/** What a caller may fix, in place of what the seed would decide. */
export interface ScenarioWishes {
  readonly servers?: number | undefined;
  readonly workloads?: readonly string[] | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly troubleMs?: number | undefined;
}

/** The largest error of a clock's rate. The SDK and the servers allow for twice as much. */
const CLOCK_RATE_ERROR_MAX = 0.02;
/** So small that the transaction numbers of an epoch are used up several times in a run. */
const COUNTER_MAX_SMALL = 300;

export function drawScenario(
  seed: number,
  allWorkloads: readonly string[],
  wishes: ScenarioWishes = {},
): Scenario {
  const random = new Random(seed).fork('scenario');
  const servers = wishes.servers ?? random.pick([1, 3, 3, 3, 3, 5, 5, 7]);
  const clients = random.chance(0.06) ? random.between(6, 12) : random.between(2, 5);
  const troubleMs = wishes.troubleMs ?? random.pick([4_000, 8_000, 14_000]);
  const latency = random.pick([
    { leastMs: 0.05, jitterMs: 0.1 },
    { leastMs: 0.3, jitterMs: 1 },
    { leastMs: 2, jitterMs: 5 },
    { leastMs: 15, jitterMs: 10 },
  ]);
  const writeMs = random.pick([0.1, 1, 5, 20]);
  const counterMax = random.pick([COUNTER_MAX_SMALL, 2 ** 32 - 1, 2 ** 32 - 1]);
  const few = random.chance(0.5);
  const clock = (): ClockErrors => ({
    rate: 1 + random.range(-CLOCK_RATE_ERROR_MAX, CLOCK_RATE_ERROR_MAX),
    offsetMs: Math.round(random.exponential(random.pick([1, 1_000, 100_000])) * random.pick([-1, 1])),
  });
  const setting = { servers, clients, durationMs: troubleMs };
  return {
    seed,
    servers,
    serverClocks: Array.from({ length: servers }, clock),
    disks: Array.from({ length: servers }, () => ({ writeMs: writeMs * random.range(0.5, 2) })),
    clients: Array.from({ length: clients }, () => ({
      clock: clock(),
      sessionTimeoutMs: random.pick([1_000, 2_000, 5_000]),
    })),
    network: { latency, splits: random.pick([0, 0.02, 0.3]) },
    turnMs: random.pick([0.05, 0.3, 1, 3]),
    config: {
      checkpointTxns: random.pick([100, 400, 100_000]),
      checkpointBytes: random.pick([64 * 1024, 2 ** 30]),
      eventHistoryMax: random.pick([20, 1_000, 100_000]),
      containerGraceMs: 300,
      outstandingMax: counterMax === COUNTER_MAX_SMALL ? 50 : random.pick([8, 20_000]),
    },
    zab: {
      counterMax,
      counterReserve: counterMax === COUNTER_MAX_SMALL ? 100 : 2 ** 20,
      historyEntriesMax: few ? random.pick([5, 50]) : 100_000,
      proposalBytesMax: random.pick([300, 512 * 1024]),
      inflightBytesMax: random.pick([4_000, 8 * 1024 * 1024]),
    },
    workloads: wishes.workloads ?? drawWorkloads(random, allWorkloads),
    troubleMs,
    faults: wishes.faults ?? drawFaults(random.fork('faults'), setting),
  };
}

/** Draws most of the workloads, at least one, and now and then those that are drawn apart. */
function drawWorkloads(random: Random, names: readonly string[]): readonly string[] {
  const together = names.filter((name) => WORKLOADS_APART[name] === undefined);
  const some = together.filter(() => random.chance(0.8));
  if (some.length === 0) some.push(random.pick(together));
  const apart = names.filter((name) => random.fork(name).chance(WORKLOADS_APART[name] ?? 0));
  return [...some, ...apart];
}
