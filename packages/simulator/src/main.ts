import { parseArgs } from 'node:util';
import { Soak } from './soak.ts';

const USAGE = `Runs an ensemble and its clients in a simulated world full of faults, once for each seed.

  pnpm sim [--seeds N] [--from S] [--servers N] [--workload NAME]... [--keep-going]
  pnpm sim --seed S [--shrink] [--trace] [--only s1,c2]

  --seeds N        how many seeds (default 100)
  --from S         the first of them (default 1)
  --seed S         one seed; --trace tells everything that happens in it
  --servers N      so many servers, instead of what the seed says
  --workload NAME  only these, instead of what the seed says
  --only A,B       of the trace only what concerns these machines (s1, c2), or lines with this text
  --shrink         finds the fewest faults that still make it fail
  --keep-going     goes on after a seed that fails
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    servers: { type: 'string' },
    workload: { type: 'string', multiple: true },
    only: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const soak = new Soak({
    print: (text) => process.stdout.write(`${text}\n`),
    wishes: {
      servers: values.servers === undefined ? undefined : Number(values.servers),
      workloads: values.workload,
    },
    only: values.only?.split(',') ?? [],
  });
  const isGood =
    values.seed === undefined
      ? await soak.run(Number(values.from), Number(values.seeds), values['keep-going'])
      : await soak.replay(Number(values.seed), values.trace, values.shrink);
  process.exitCode = isGood ? 0 : 1;
}
