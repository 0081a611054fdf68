import type { Client } from '@conclave/client';
import { checkFinalState } from './checkers/final-state.ts';
import { Ensemble } from './ensemble.ts';
import type { FaultType } from './faults/fault.ts';
import { Troublemaker } from './faults/troublemaker.ts';
import { Ticker } from './history.ts';
import { Programs } from './programs.ts';
import type { Scenario } from './scenario.ts';
import type { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { Violation } from './violation.ts';
import { makeWorkloads } from './workloads/index.ts';
import type { Workload } from './workloads/workload.ts';
import { ClientMachine } from './world/client-machine.ts';
import { World } from './world/world.ts';

/** The longest waits, in virtual time, for what must happen when there are no faults. */
const PATIENCE_MS = {
  start: 20_000,
  service: 30_000,
  progress: 20_000,
  ending: 20_000,
  rest: 10_000,
  check: 60_000,
};
const LOOK_EVERY_MS = 20;

/** The result of a run. */
export interface Run {
  readonly scenario: Scenario;
  readonly failure: Violation | undefined;
  readonly trace: Trace;
  readonly simulatedMs: number;
  readonly events: number;
  readonly faults: ReadonlyMap<FaultType, number>;
  readonly epochs: number;
  readonly transactions: number;
  /** How often a server's log was truncated, and how often a server took the whole state from a snapshot. */
  readonly truncations: number;
  readonly snapshots: number;
  readonly tally: Tally;
}

export interface SimulateOptions {
  /** Default: a trace that keeps only the hash. */
  readonly trace?: Trace;
  /** Called when the faults are over. What it breaks stays broken, so that a test can see the run fail. */
  readonly sabotage?: (ensemble: Ensemble) => void;
}

/**
 * Runs an ensemble and its clients, first with the faults of the scenario, then without. Checkers judge all the time
 * what must always hold, and at the end what must hold then. After the faults, the run must also make progress.
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Run> {
  const { trace = new Trace(), sabotage } = options;
  const world = new World(scenario.seed, scenario.turnMs, trace);
  const run = new Simulation(world, scenario, sabotage);
  const failure = await run.go().then(
    () => undefined,
    (error: unknown) => asViolation(error),
  );
  if (failure !== undefined && trace.isRecorded) trace.record(world.nowMs, '-', String(failure));
  return {
    scenario,
    failure,
    trace,
    simulatedMs: world.nowMs,
    events: world.events,
    faults: run.troublemaker.counts,
    epochs: run.ensemble.agreement.epochs,
    transactions: run.ensemble.agreement.sequence.length,
    truncations: run.ensemble.count(({ truncations }) => truncations),
    snapshots: run.ensemble.count(({ snapshots }) => snapshots),
    tally: run.tally,
  };
}

class Simulation {
  readonly ensemble: Ensemble;
  readonly troublemaker: Troublemaker;
  readonly tally: Tally = { acknowledged: 0, refused: 0, unknown: 0, lateUses: 0 };
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #workloads: readonly Workload[];
  readonly #programs: Programs;
  readonly #sabotage: SimulateOptions['sabotage'];

  constructor(world: World, scenario: Scenario, sabotage: SimulateOptions['sabotage']) {
    this.#sabotage = sabotage;
    this.#world = world;
    this.#scenario = scenario;
    this.ensemble = new Ensemble(world, scenario);
    this.#workloads = makeWorkloads(scenario.workloads, {
      ticker: new Ticker(),
      random: world.random.fork('workloads'),
      state: this.ensemble.state,
      keptChanges: this.ensemble.keptChanges,
      servers: scenario.servers,
      clients: scenario.clients.length,
      world,
      tally: this.tally,
    });
    this.#programs = new Programs(world, this.ensemble.clients, this.#workloads);
    this.troublemaker = new Troublemaker(world, this.ensemble, {
      startClient: (client) => this.#programs.start(client),
    });
  }

  async go(): Promise<void> {
    const { ensemble, troublemaker } = this;
    const { faults, troubleMs } = this.#scenario;
    const programs = this.#programs;
    const stopListening = listenForStrays(this.#world.trace.isRecorded, (error) => this.#world.fail(error));
    try {
      troublemaker.startServers(faults);
      await this.#act('prepare', PATIENCE_MS.start, async (client) => {
        for (const workload of this.#workloads) await workload.prepare(client);
      });
      for (let client = 1; client <= ensemble.clients.length; client++) programs.start(client);
      troublemaker.schedule(faults);
      await this.#world.run(this.#world.nowMs + troubleMs);
      troublemaker.heal();
      this.#sabotage?.(ensemble);
      await this.#until('all servers serve', PATIENCE_MS.service, () => ensemble.allServe);
      programs.expectProgress();
      await this.#until('every client makes progress', PATIENCE_MS.progress, () => programs.haveProgressed);
      programs.stop();
      await this.#until('every client comes to an end', PATIENCE_MS.ending, () => programs.areOver);
      await this.#until('all servers agree', PATIENCE_MS.rest, () => ensemble.isAtRest);
      await this.#act('check', PATIENCE_MS.check, async (client) => {
        for (const workload of this.#workloads) await workload.check(client);
        await checkFinalState(client, ensemble.state);
      });
    } finally {
      stopListening();
    }
  }

  async #until(what: string, patienceMs: number, isSo: () => boolean): Promise<void> {
    const world = this.#world;
    const untilMs = world.nowMs + patienceMs;
    const look = (): void => {
      if (isSo()) world.stop();
      else if (world.nowMs < untilMs) world.after(LOOK_EVERY_MS, look);
    };
    if (isSo()) return;
    world.after(LOOK_EVERY_MS, look);
    await world.run(untilMs);
    if (isSo()) return;
    const standing = `${this.ensemble.describe()}\n${this.#programs.describe()}`;
    throw new Violation(`liveness: ${what}`, `not within ${patienceMs} ms without faults\n${standing}`);
  }

  /** Runs `act` with a client on a machine of its own, which no fault hits. */
  async #act(what: string, patienceMs: number, act: (client: Client) => Promise<void>): Promise<void> {
    const world = this.#world;
    const machine = new ClientMachine(world, this.ensemble.network, {
      name: what,
      servers: this.#scenario.servers,
      sessionTimeoutMs: 10_000,
      clock: { rate: 1, offsetMs: 0 },
    });
    let isDone = false;
    machine.start(
      async (process) => {
        const client = await machine.connect(process);
        await act(client);
        await client.close();
        isDone = true;
      },
      (error) => world.fail(error),
    );
    await this.#until(what, patienceMs, () => isDone);
  }
}

function asViolation(error: unknown): Violation {
  if (error instanceof Violation) return error;
  const detail = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return new Violation('nothing unexpected is thrown', detail, { cause: error });
}

/** Lets uncaught errors fail the run. Their stacks are only kept if the trace is recorded. */
function listenForStrays(isRecorded: boolean, onError: (error: unknown) => void): () => void {
  const { stackTraceLimit } = Error;
  // A large part of the answers to clients are refusals, and the stack is most of the cost of an error.
  if (!isRecorded) Error.stackTraceLimit = 0;
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return () => {
    Error.stackTraceLimit = stackTraceLimit;
    process.off('uncaughtException', onError);
    process.off('unhandledRejection', onError);
  };
}
