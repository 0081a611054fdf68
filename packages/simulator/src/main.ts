import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { huntAll } from './mutations/hunt.ts';
import { mutations } from './mutations/mutations.ts';
import type { Scenario } from './scenario.ts';
import { Soak } from './soak.ts';

const USAGE = `Runs an ensemble and its clients in a simulated world full of faults, once for each seed.

  pnpm sim [--seeds N] [--from S] [--servers N] [--workload NAME]... [--workers N] [--keep-going]
  pnpm sim --seed S | --scenario FILE [--shrink] [--trace] [--only s1,c2] [--save FILE]
  pnpm sim --mutations [NAME]...

  --workers N      how many processes share the seeds (default: as many as there are processors)
  --seeds N        how many seeds (default 100)
  --from S         the first of them (default 1)
  --seed S         one seed; --trace tells everything that happens in it
  --servers N      so many servers, instead of what the seed says
  --workload NAME  only these, instead of what the seed says
  --only A,B       of the trace only what concerns these machines (s1, c2), or lines with this text
  --shrink         finds the fewest faults that still make it fail
  --save FILE      with --seed: writes what it has played, faults and all, into a file
  --scenario FILE  plays what was saved, instead of a seed
  --keep-going     goes on after a seed that fails
  --brief          does not tell the end of a failing run's story
  --mutations      puts deliberate bugs into the servers and the SDK, one after the other, and tells which are found
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    servers: { type: 'string' },
    workload: { type: 'string', multiple: true },
    workers: { type: 'string', default: String(availableParallelism()) },
    only: { type: 'string' },
    save: { type: 'string' },
    scenario: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    brief: { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else if (values.mutations) {
  const wanted = mutations.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  await huntAll(wanted, { atOnce: Number(values.workers) }, ({ mutation, seed, told }) => {
    const found = seed === undefined ? `NOT FOUND within ${mutation.seeds}` : `seed ${seed}`;
    process.stdout.write(`${mutation.name.padEnd(28)} ${found.padEnd(12)} ${told.slice(0, 160)}\n`);
    if (seed === undefined) process.exitCode = 1;
  });
} else {
  const soak = new Soak({
    print: (text) => process.stdout.write(`${text}\n`),
    wishes: {
      servers: values.servers === undefined ? undefined : Number(values.servers),
      workloads: values.workload,
    },
    workers: Number(values.workers),
    only: values.only?.split(',') ?? [],
    isBrief: values.brief,
  });
  const { save } = values;
  const toPlay = seedOrScenario(values.seed, values.scenario);
  const isGood =
    toPlay === undefined
      ? await soak.run(Number(values.from), Number(values.seeds), values['keep-going'])
      : await soak.replay(toPlay, {
          trace: values.trace,
          shrink: values.shrink,
          ...(save && {
            onScenario: (played) => writeFileSync(save, `${JSON.stringify(played, null, 2)}\n`),
          }),
        });
  process.exitCode = isGood ? 0 : 1;
}

/** What is to be played once; undefined: seeds in a row. */
function seedOrScenario(seed: string | undefined, file: string | undefined): number | Scenario | undefined {
  if (file !== undefined) return JSON.parse(readFileSync(file, 'utf8')) as Scenario;
  return seed === undefined ? undefined : Number(seed);
}
