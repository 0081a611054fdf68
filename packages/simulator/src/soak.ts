import { Crew } from './crew.ts';
import { describeFault } from './faults/fault.ts';
import { Figures } from './figures.ts';
import { type RunReport, reportOf } from './report.ts';
import { drawScenario, type Scenario, type ScenarioWishes } from './scenario.ts';
import { shrink } from './shrink.ts';
import { type Run, simulate } from './simulate.ts';
import { Trace, type TraceLine } from './trace.ts';
import { workloadNames } from './workloads/index.ts';

export interface SoakOptions {
  readonly print: (text: string) => void;
  readonly wishes: ScenarioWishes;
  /** How many processes share the seeds. With 1, this process runs all of them. */
  readonly workers: number;
  /** Machines or texts: only trace lines with one of them are printed. If there are none, all lines are. */
  readonly only: readonly string[];
  /** Whether the trace of a failing run is not printed. */
  readonly isBrief: boolean;
}

export interface ReplayOptions {
  /** Whether the whole trace is printed. */
  readonly trace: boolean;
  /** Whether a failing scenario is shrunk. */
  readonly shrink: boolean;
  /** Called with the scenario that was run last. */
  readonly onScenario?: (scenario: Scenario) => void;
}

/** How many of the last lines of a failing run's trace are printed by default. */
const LAST_LINES = 60;
/** How many seeds per worker may be done ahead of the seed that is reported next. */
const SEEDS_AHEAD = 16;
/** The number of seeds between two reports of progress. */
const PROGRESS_EVERY = 500;

/** Runs seeds, reports progress, and makes failures readable. */
export class Soak {
  readonly #options: SoakOptions;

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  /** Returns whether no seed failed. */
  async run(from: number, seeds: number, keepGoing: boolean): Promise<boolean> {
    const { print } = this.#options;
    const figures = new Figures();
    for await (const { seed, ...report } of this.#reports(from, seeds)) {
      figures.add({ seed, ...report });
      if (report.failure !== undefined) {
        print(`seed ${seed} fails: ${report.failure.message}\n`);
        print(this.#replayCommand(seed));
        if (!keepGoing) {
          if (!this.#options.isBrief) await this.#show(this.#draw(seed), LAST_LINES);
          break;
        }
      }
      if (figures.runs % PROGRESS_EVERY === 0 && figures.runs < seeds)
        print(`... ${figures.describeSpeed()}`);
    }
    print(figures.describe());
    return figures.failures === 0;
  }

  /** Yields the reports in the order of the seeds, although runs may end in another order. */
  async *#reports(from: number, seeds: number): AsyncGenerator<RunReport> {
    const { workers, wishes } = this.#options;
    if (workers <= 1) {
      for (let seed = from; seed < from + seeds; seed++) yield reportOf(await simulate(this.#draw(seed)));
      return;
    }
    const crew = new Crew(workers);
    try {
      const ahead: Promise<RunReport>[] = [];
      for (let seed = from; seed < from + seeds || ahead.length > 0; ) {
        while (seed < from + seeds && ahead.length < SEEDS_AHEAD * workers)
          ahead.push(crew.run({ seed: seed++, wishes }));
        const report = await ahead.shift();
        if (report !== undefined) yield report;
      }
    } finally {
      crew.close();
    }
  }

  /** Runs one seed or scenario again. Returns whether it did not fail. */
  async replay(
    seedOrScenario: number | Scenario,
    { trace, shrink: wantsShrinking, onScenario }: ReplayOptions,
  ): Promise<boolean> {
    const { print } = this.#options;
    let scenario = typeof seedOrScenario === 'number' ? this.#draw(seedOrScenario) : seedOrScenario;
    const { seed } = scenario;
    let run = await simulate(scenario);
    if (run.failure !== undefined && wantsShrinking) {
      print(`${scenario.faults.length} faults`);
      scenario = await shrink(run, { onSmaller: (smaller, than) => print(describeLess(smaller, than)) });
      for (const fault of scenario.faults) print(describeFault(fault));
      run = await simulate(scenario);
    }
    onScenario?.(scenario);
    if (trace) await this.#show(scenario, Number.POSITIVE_INFINITY);
    print(describeRun(run));
    if (run.failure !== undefined) print(`seed ${seed} fails: ${run.failure.message}`);
    return run.failure === undefined;
  }

  #draw(seed: number): Scenario {
    return drawScenario(seed, workloadNames, this.#options.wishes);
  }

  #replayCommand(seed: number): string {
    const { servers, workloads } = this.#options.wishes;
    const wishes = [
      ...(servers === undefined ? [] : [` --servers ${servers}`]),
      ...(workloads ?? []).map((name) => ` --workload ${name}`),
    ].join('');
    return `replay: npm run sim -- --seed ${seed}${wishes} --trace   (to reduce it: --shrink)`;
  }

  /** Runs the scenario once more, and prints its trace. */
  async #show(scenario: Scenario, linesMax: number): Promise<void> {
    const { print, only } = this.#options;
    const trace = new Trace({ record: true });
    await simulate(scenario, { trace });
    const lines = only.length === 0 ? trace.lines() : trace.lines(concerning(only));
    for (const line of [...lines].slice(-linesMax)) print(line);
  }
}

/**
 * Matches lines of these machines, or lines with one of these words. Whole words, so that the session 0x1 is not
 * 0x10.
 */
function concerning(words: readonly string[]): (line: TraceLine) => boolean {
  const patterns = words.map((word) => new RegExp(`(?<!\\w)${word.replace(/\W/g, '\\$&')}(?!\\w)`));
  return ({ machine, peer, text }) =>
    words.some((word) => word === machine || word === peer) || patterns.some((pattern) => pattern.test(text));
}

/** Names what has just become less, and how much of it is enough to make the run fail. */
function describeLess({ faults, clients, workloads, troubleMs }: Scenario, than: Scenario): string {
  if (workloads.length < than.workloads.length) return `workloads are enough: ${workloads.join(' ')}`;
  if (clients.length < than.clients.length) return `${clients.length} clients are enough`;
  if (troubleMs < than.troubleMs) return `${troubleMs} ms with faults are enough`;
  return faults.length < than.faults.length
    ? `${faults.length} faults are enough`
    : 'shorter faults are enough';
}

function describeRun({ scenario, trace, simulatedMs, events, faults, epochs, transactions }: Run): string {
  return (
    `seed ${scenario.seed}: ${scenario.servers} servers, ${scenario.clients.length} clients, ${scenario.workloads.join(' ')}; ` +
    `${(simulatedMs / 1000).toFixed(1)} s, ${events} events, ${[...faults.values()].reduce((a, b) => a + b, 0)} faults, ${epochs} epochs, ${transactions} transactions; trace ${trace.hash}`
  );
}
