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
  /** How many processes share the seeds; 1: this one does it all. */
  readonly workers: number;
  /** Machines, or texts, that lines of a trace must concern; none: all lines. */
  readonly only: readonly string[];
  /** Tells no story of a failing run. */
  readonly isBrief: boolean;
}

export interface ReplayOptions {
  /** Tells everything that happens. */
  readonly trace: boolean;
  /** Looks for the least that still makes it fail. */
  readonly shrink: boolean;
  /** Is given the scenario that was played in the end. */
  readonly onScenario?: (scenario: Scenario) => void;
}

/** The last lines of a failing run's trace that are shown without being asked for. */
const LAST_LINES = 60;
/** How many seeds for each worker may be done before the one that is told next. */
const SEEDS_AHEAD = 16;
/** After so many seeds it is told how far it is. */
const PROGRESS_EVERY = 500;

/** Runs seeds, tells how it goes, and makes failures readable. */
export class Soak {
  readonly #options: SoakOptions;

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  /** Returns whether all went well. */
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

  /** Of one seed after the other, whatever the order in which they are done. */
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

  /** Runs one seed again. Returns whether it went well. */
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
    return `replay: pnpm sim --seed ${seed}${wishes} --trace   (cut down: --shrink)`;
  }

  /** Runs it once more, and tells the story. */
  async #show(scenario: Scenario, linesMax: number): Promise<void> {
    const { print, only } = this.#options;
    const trace = new Trace({ record: true });
    await simulate(scenario, { trace });
    const lines = only.length === 0 ? trace.lines() : trace.lines(concerning(only));
    for (const line of [...lines].slice(-linesMax)) print(line);
  }
}

/** Lines of these machines, or with one of these words: the session 0x1 is not 0x10. */
function concerning(words: readonly string[]): (line: TraceLine) => boolean {
  const patterns = words.map((word) => new RegExp(`(?<!\\w)${word.replace(/\W/g, '\\$&')}(?!\\w)`));
  return ({ machine, peer, text }) =>
    words.some((word) => word === machine || word === peer) || patterns.some((pattern) => pattern.test(text));
}

/** What is enough to make it fail, of what has just become less. */
function describeLess({ faults, clients, workloads, troubleMs }: Scenario, than: Scenario): string {
  if (workloads.length < than.workloads.length) return `workloads are enough: ${workloads.join(' ')}`;
  if (clients.length < than.clients.length) return `${clients.length} clients are enough`;
  if (troubleMs < than.troubleMs) return `${troubleMs} ms of troubles are enough`;
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
