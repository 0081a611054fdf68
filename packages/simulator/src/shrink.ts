import type { Fault } from './faults/fault.ts';
import type { Scenario } from './scenario.ts';
import { type Run, simulate } from './simulate.ts';

/** No run is drawn with fewer clients. */
const CLIENTS_MIN = 2;
/** The largest number of attempts. */
const RUNS_MAX = 300;
/** Attempts that are kept for workloads, clients and times, however many faults there are. */
const RUNS_FOR_THE_REST = 100;
/** The time of the faults is shortened by steps of at least this. */
const TROUBLE_STEP_MS = 100;

export interface ShrinkOptions {
  /** Called with each scenario that still fails, and the larger one before it. */
  readonly onSmaller?: (smaller: Scenario, than: Scenario) => void;
  /** Default: `simulate`. */
  readonly play?: (scenario: Scenario) => Promise<Pick<Run, 'failure'>>;
}

/**
 * Reduces a failing scenario to what it needs to fail in the same way. First it takes out faults, in large pieces and
 * then one by one (delta debugging: Zeller and Hildebrandt, 2002). Then it takes out workloads and clients, and
 * shortens the time of the faults and each fault. It repeats all of this as long as anything gets smaller.
 */
export async function shrink(
  failing: Pick<Run, 'scenario' | 'failure'>,
  options: ShrinkOptions = {},
): Promise<Scenario> {
  const shrinking = new Shrinking(failing, options);
  let runsMax = RUNS_MAX - RUNS_FOR_THE_REST;
  for (let before: Scenario | undefined; before !== shrinking.scenario && shrinking.hasRunsLeft; ) {
    before = shrinking.scenario;
    await dropFaults(shrinking, runsMax);
    runsMax = RUNS_MAX;
    await dropWorkloads(shrinking);
    await dropClients(shrinking);
    await shortenTroubles(shrinking);
    await shortenFaults(shrinking);
  }
  return shrinking.scenario;
}

/** The smallest scenario so far, and the number of attempts. */
class Shrinking {
  readonly #property: string | undefined;
  readonly #options: ShrinkOptions;
  #scenario: Scenario;
  #runs = 0;

  constructor({ scenario, failure }: Pick<Run, 'scenario' | 'failure'>, options: ShrinkOptions) {
    this.#scenario = scenario;
    this.#property = failure?.property;
    this.#options = options;
  }

  get scenario(): Scenario {
    return this.#scenario;
  }

  get runs(): number {
    return this.#runs;
  }

  get hasRunsLeft(): boolean {
    return this.#runs < RUNS_MAX;
  }

  /** Keeps the changes if the scenario still fails in the same way with them. Returns whether it does. */
  async attempt(changes: Partial<Scenario>): Promise<boolean> {
    if (!this.hasRunsLeft) return false;
    const { play = simulate, onSmaller } = this.#options;
    const than = this.#scenario;
    const smaller = { ...than, ...changes };
    this.#runs++;
    const { failure } = await play(smaller);
    if (failure?.property !== this.#property) return false;
    this.#scenario = smaller;
    onSmaller?.(smaller, than);
    return true;
  }
}

async function dropFaults(shrinking: Shrinking, runsMax: number): Promise<void> {
  for (let size = Math.ceil(shrinking.scenario.faults.length / 2); size >= 1; ) {
    let hasShrunk = false;
    for (let from = 0; from < shrinking.scenario.faults.length; ) {
      if (shrinking.runs >= runsMax) return;
      const faults = shrinking.scenario.faults.toSpliced(from, size);
      if (await shrinking.attempt({ faults })) hasShrunk = true;
      else from += size;
    }
    if (size > 1) size = Math.floor(size / 2);
    else if (!hasShrunk) return;
  }
}

async function dropWorkloads(shrinking: Shrinking): Promise<void> {
  for (const name of shrinking.scenario.workloads) {
    const workloads = shrinking.scenario.workloads.filter((each) => each !== name);
    if (workloads.length > 0) await shrinking.attempt({ workloads });
  }
}

/**
 * Takes out clients, from the last one on, with the faults that hit them. The last ones go first because the random
 * numbers of a client depend on its number.
 */
async function dropClients(shrinking: Shrinking): Promise<void> {
  for (let count = Math.floor(shrinking.scenario.clients.length / 2); count >= 1; ) {
    const { clients, faults } = shrinking.scenario;
    const left = clients.length - count;
    const changes = {
      clients: clients.slice(0, left),
      faults: faults.filter((fault) => clientOf(fault) <= left),
    };
    if (left < CLIENTS_MIN || !(await shrinking.attempt(changes))) count = Math.floor(count / 2);
  }
}

/** Shortens the time of the faults. Faults that would begin later are taken out. */
async function shortenTroubles(shrinking: Shrinking): Promise<void> {
  for (let step = shrinking.scenario.troubleMs / 2; step >= TROUBLE_STEP_MS; ) {
    const troubleMs = Math.round(shrinking.scenario.troubleMs - step);
    const faults = shrinking.scenario.faults.filter(({ atMs }) => atMs < troubleMs);
    if (troubleMs <= 0 || !(await shrinking.attempt({ troubleMs, faults }))) step /= 2;
  }
}

async function shortenFaults(shrinking: Shrinking): Promise<void> {
  for (let at = 0; at < shrinking.scenario.faults.length; at++) {
    for (const name of DURATIONS) while (await halve(shrinking, at, name));
  }
}

/** The fields of faults that are lengths of time. */
const DURATIONS = ['forMs', 'cutMs', 'downMs', 'spreadMs', 'everyMs', 'extraMs', 'byMs'] as const;

/** Halves one length of time of one fault. Returns whether the scenario still fails. */
async function halve(shrinking: Shrinking, at: number, name: (typeof DURATIONS)[number]): Promise<boolean> {
  const { faults } = shrinking.scenario;
  const fault: (Fault & { readonly [duration in typeof name]?: number }) | undefined = faults[at];
  const ms = fault?.[name] ?? 0;
  if (fault === undefined || Math.abs(ms) < 2) return false;
  return shrinking.attempt({ faults: faults.with(at, { ...fault, [name]: Math.trunc(ms / 2) }) });
}

/** Returns the number of the client that the fault hits, or 0 if there is none. */
function clientOf(fault: Fault): number {
  if ('client' in fault) return fault.client;
  if (fault.type === 'cut') return fault.cut.type === 'client' ? fault.cut.client : 0;
  return 'b' in fault && fault.b.type === 'client' ? fault.b.number : 0;
}
