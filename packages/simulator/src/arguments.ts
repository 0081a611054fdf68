import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Mutation } from './mutations/mutation.ts';
import { mutations } from './mutations/mutations.ts';
import type { Scenario, ScenarioWishes } from './scenario.ts';
import { readScenario } from './scenario-file.ts';
import { workloadNames } from './workloads/index.ts';

export const USAGE = `Runs an ensemble and its clients in a simulated world with faults, once for each seed.

  npm run sim -- [--seeds N] [--from S] [--servers N] [--workload NAME]... [--workers N] [--keep-going]
  npm run sim -- --seed S | --scenario FILE [--shrink] [--trace] [--only s1,c2] [--save FILE]
  npm run sim -- --mutations [NAME]...

  --workers N      number of processes that share the seeds (default: the number of processors)
  --seeds N        number of seeds (default 100)
  --from S         the first seed (default 1)
  --seed S         runs one seed; --trace prints everything that happens in it
  --servers N      number of servers, in place of the seed's
  --workload NAME  only these workloads, in place of the seed's
  --only A,B       prints only the trace lines of these machines (s1, c2), or lines with this text
  --shrink         looks for the fewest and shortest faults, workloads and clients that still make the run fail
  --save FILE      with --seed or --scenario: writes the scenario that was run, with its faults, to a file
  --scenario FILE  runs a saved scenario, in place of a seed
  --keep-going     continues after a seed that fails
  --brief          does not print the end of a failing run's trace
  --mutations      plants bugs in the servers and the SDK, one at a time, and reports which are found
`;

/** The command line asks for something that cannot be done. Nothing was run. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'BAD_USAGE';
}

interface RunOptions {
  readonly wishes: ScenarioWishes;
  readonly workers: number;
  readonly only: readonly string[];
  readonly isBrief: boolean;
}

export type SimArguments =
  | { readonly command: 'help' }
  | { readonly command: 'hunt'; readonly mutations: readonly Mutation[]; readonly atOnce: number }
  | ({
      readonly command: 'soak';
      readonly from: number;
      readonly seeds: number;
      readonly keepsGoing: boolean;
    } & RunOptions)
  | ({
      readonly command: 'replay';
      readonly what: number | Scenario;
      readonly trace: boolean;
      readonly shrink: boolean;
      readonly save: string | undefined;
    } & RunOptions);

const OPTIONS = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  seed: { type: 'string' },
  servers: { type: 'string' },
  workload: { type: 'string', multiple: true },
  workers: { type: 'string' },
  only: { type: 'string' },
  save: { type: 'string' },
  scenario: { type: 'string' },
  shrink: { type: 'boolean' },
  trace: { type: 'boolean' },
  'keep-going': { type: 'boolean' },
  brief: { type: 'boolean' },
  mutations: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const SERVERS_MAX = 7;

/** The options that go with each main option. Any other is refused, because it would have no effect. */
const BELONGS = {
  mutations: ['workers'],
  seed: ['servers', 'workload', 'only', 'brief', 'trace', 'shrink', 'save'],
  scenario: ['only', 'brief', 'trace', 'shrink', 'save'],
  seeds: ['from', 'servers', 'workload', 'workers', 'keep-going', 'only', 'brief'],
} as const satisfies Record<string, readonly (keyof typeof OPTIONS)[]>;

/** Throws `UsageError`, because a run that would do nothing must not look like one that found nothing. */
export function parseArguments(argv: readonly string[]): SimArguments {
  const { values, positionals } = parse(argv);
  if (values.help) return { command: 'help' };
  const main = (['mutations', 'scenario', 'seed'] as const).find((name) => values[name] !== undefined);
  mustBelong(main ?? 'seeds', Object.keys(values));
  const workers = wholeNumber('workers', values.workers ?? String(availableParallelism()), 1);
  if (values.mutations) {
    const wanted = positionals.length === 0 ? mutations : positionals.map(findMutation);
    return { command: 'hunt', mutations: wanted, atOnce: workers };
  }
  if (positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"; see --help`);
  const { servers, workload, only, seed, scenario, save, trace = false, shrink = false } = values;
  for (const name of workload ?? []) mustBeOneOf('workload', name, workloadNames);
  const options: RunOptions = {
    wishes: {
      servers: servers === undefined ? undefined : wholeNumber('servers', servers, 1, SERVERS_MAX),
      workloads: workload,
    },
    workers,
    only: only?.split(',') ?? [],
    isBrief: values.brief ?? false,
  };
  if (seed !== undefined || scenario !== undefined) {
    const what = scenario === undefined ? wholeNumber('seed', seed ?? '', 0) : scenarioIn(scenario);
    return { command: 'replay', what, trace, shrink, save, ...options };
  }
  const from = wholeNumber('from', values.from ?? '1', 0);
  return {
    command: 'soak',
    from,
    seeds: wholeNumber('seeds', values.seeds ?? '100', 1),
    keepsGoing: values['keep-going'] ?? false,
    ...options,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Node adds advice about arguments that begin with a dash, which no argument of this program does.
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

function wholeNumber(flag: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  throw new UsageError(`--${flag}: expected a whole number, ${range}, not "${text}"`);
}

function mustBeOneOf(flag: string, name: string, names: readonly string[]): void {
  if (!names.includes(name))
    throw new UsageError(`--${flag}: there is no "${name}"; use one of ${names.join(', ')}`);
}

function findMutation(name: string): Mutation {
  const mutation = mutations.find((each) => each.name === name);
  if (mutation !== undefined) return mutation;
  throw new UsageError(
    `--mutations: there is no "${name}"; use some of ${mutations.map((each) => each.name).join(', ')}`,
  );
}

function mustBelong(main: keyof typeof BELONGS, given: readonly string[]): void {
  const own: readonly string[] = [main, ...BELONGS[main]];
  const unexpected = given.find((name) => !own.includes(name));
  if (unexpected === undefined) return;
  const list = own.map((name) => `--${name}`).join(', ');
  throw new UsageError(`--${unexpected} cannot be used here; these options go together: ${list}`);
}

function scenarioIn(file: string): Scenario {
  try {
    return readScenario(file);
  } catch (error) {
    throw new UsageError(`--scenario: ${error instanceof Error ? error.message : String(error)}`);
  }
}
