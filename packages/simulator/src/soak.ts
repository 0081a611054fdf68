import { describeFault } from './faults/fault.ts';
import { drawScenario, type Scenario, type ScenarioWishes } from './scenario.ts';
import { shrink } from './shrink.ts';
import { type Run, simulate } from './simulate.ts';
import { Trace } from './trace.ts';
import { workloadNames } from './workloads/index.ts';
import { realNowMs } from './world/real-world.ts';

export interface SoakOptions {
  readonly print: (text: string) => void;
  readonly wishes: ScenarioWishes;
  /** Machines, or texts, that lines of a trace must concern; none: all lines. */
  readonly only: readonly string[];
  /** Tells no story of a failing run. */
  readonly isBrief: boolean;
}

/** The last lines of a failing run's trace that are shown without being asked for. */
const LAST_LINES = 60;

/** Runs seeds, tells how it goes, and makes failures readable. */
export class Soak {
  readonly #options: SoakOptions;

  constructor(options: SoakOptions) {
    this.#options = options;
  }

  /** Returns whether all went well. */
  async run(from: number, seeds: number, keepGoing: boolean): Promise<boolean> {
    const { print } = this.#options;
    const sum = new Sum();
    for (let seed = from; seed < from + seeds; seed++) {
      const run = await simulate(this.#draw(seed));
      sum.add(run);
      if (run.failure === undefined) continue;
      print(`seed ${seed} fails: ${run.failure.message}\n`);
      print(this.#replayCommand(seed));
      if (keepGoing) continue;
      if (!this.#options.isBrief) await this.#show(run.scenario, LAST_LINES);
      break;
    }
    print(sum.describe());
    return sum.failures === 0;
  }

  /** Runs one seed again. Returns whether it went well. */
  async replay(seed: number, wantsTrace: boolean, wantsShrinking: boolean): Promise<boolean> {
    const { print } = this.#options;
    let scenario = this.#draw(seed);
    let run = await simulate(scenario);
    if (run.failure !== undefined && wantsShrinking) {
      print(`${scenario.faults.length} faults`);
      scenario = await shrink(run, ({ faults }) => print(`${faults.length} faults are enough`));
      for (const fault of scenario.faults) print(describeFault(fault));
      run = await simulate(scenario);
    }
    if (wantsTrace) await this.#show(scenario, Number.POSITIVE_INFINITY);
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
    const trace = new Trace({ told: true });
    await simulate(scenario, trace);
    const lines = [
      ...trace.lines(
        ({ who, whom, text }) =>
          only.length === 0 || only.some((each) => each === who || each === whom || text.includes(each)),
      ),
    ];
    for (const line of lines.slice(-linesMax)) print(line);
  }
}

/** The figures of many runs. */
class Sum {
  readonly #startedMs = realNowMs();
  failures = 0;
  #runs = 0;
  #simulatedMs = 0;
  #events = 0;
  #faults = 0;
  #epochs = 0;
  #transactions = 0;
  #acknowledged = 0;
  #refused = 0;
  #unknown = 0;

  add({ failure, simulatedMs, events, faults, epochs, transactions, tally }: Run): void {
    if (failure !== undefined) this.failures++;
    this.#runs++;
    this.#simulatedMs += simulatedMs;
    this.#events += events;
    for (const count of faults.values()) this.#faults += count;
    this.#epochs += epochs;
    this.#transactions += transactions;
    this.#acknowledged += tally.acknowledged;
    this.#refused += tally.refused;
    this.#unknown += tally.unknown;
  }

  describe(): string {
    const seconds = (realNowMs() - this.#startedMs) / 1000;
    return [
      `${this.#runs} seeds in ${seconds.toFixed(1)} s (${(this.#runs / seconds).toFixed(2)} a second), ${this.failures} failed`,
      `${(this.#simulatedMs / 3_600_000).toFixed(2)} simulated hours, ${this.#events} events, ${this.#faults} faults, ` +
        `${this.#epochs} epochs, ${this.#transactions} transactions`,
      `calls: ${this.#acknowledged} acknowledged, ${this.#refused} refused, ${this.#unknown} unknown`,
    ].join('\n');
  }
}

function describeRun({ scenario, hash, simulatedMs, events, faults, epochs, transactions }: Run): string {
  return (
    `seed ${scenario.seed}: ${scenario.servers} servers, ${scenario.clients.length} clients, ${scenario.workloads.join(' ')}; ` +
    `${(simulatedMs / 1000).toFixed(1)} s, ${events} events, ${[...faults.values()].reduce((a, b) => a + b, 0)} faults, ${epochs} epochs, ${transactions} transactions; trace ${hash}`
  );
}
