import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './toolchain.mjs';

/**
 * One part of `npm run check:all`.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string} about What it holds, for `--list`.
 * @property {readonly string[]} script A script of the repository with its arguments. The project's Node runs it.
 * @property {() => string | undefined} [lacks] Returns what the machine lacks for it. The step is then skipped.
 */

const SOAK_SEEDS = 5_000;
/** Seeds that the core does not run. */
const SOAK_FROM = [10_001, 15_001, 20_001, 25_001];

const SIMULATOR = 'packages/simulator/src/main.ts';
const TRIALS = 'apps/trials/src/main.ts';
const BENCH = 'apps/bench/src/main.ts';
const SHORT = ['--rounds', '1', '--seconds', '2', '--warm-up', '1'];

/**
 * Everything there is to run, quick steps first. Long work is cut into several steps, so that an interruption costs
 * little.
 *
 * @type {readonly Step[]}
 */
export const steps = [
  {
    name: 'core',
    about: 'lint, types, build and all tests, as `npm test` runs them',
    script: ['packages/repository/bootstrap/test.mjs'],
  },
  { name: 'docs', about: 'the API reference', script: ['packages/reference/src/main.ts'] },
  cost('wire', 'packages/protocol/bench/wire.ts'),
  cost('tree', 'packages/tree/bench/tree.ts'),
  cost('log', 'packages/storage/bench/log.ts'),
  cost('checkpoint', 'packages/storage/bench/checkpoint.ts'),
  cost('client', 'packages/client/bench/client-cost.ts'),
  cost('fan-out', 'packages/server/bench/fan-out.ts'),
  {
    name: 'bench-conclave',
    about: 'the benchmark in its short form, Conclave alone',
    script: [BENCH, 'compare', '--targets', 'conclave-ws,conclave-tcp', ...SHORT],
  },
  {
    name: 'bench-zookeeper',
    about: 'the benchmark in its short form, ZooKeeper alone',
    script: [BENCH, 'compare', '--targets', 'zookeeper', ...SHORT],
    lacks: () => (existsSync('/usr/share/java/zookeeper.jar') ? undefined : "Debian's package zookeeper"),
  },
  ...[3, 5].map((servers) => ({
    name: `trials-${servers}`,
    about: `every fault of the trials against ${servers} real servers`,
    script: [TRIALS, '--servers', String(servers)],
  })),
  { name: 'mutations', about: 'the hunt for every planted bug', script: [SIMULATOR, '--mutations'] },
  ...SOAK_FROM.map((from, i) => ({
    name: `soak-${i + 1}`,
    about: `${SOAK_SEEDS} seeds of the simulator from ${from} on`,
    script: [SIMULATOR, '--seeds', String(SOAK_SEEDS), '--from', String(from), '--keep-going', '--brief'],
  })),
];

function cost(name, file) {
  return { name: `cost-${name}`, about: `the measurements of ${file}`, script: [file] };
}

/** Returns why a step cannot run here, or undefined. */
export function lackOf({ script: [file], lacks }) {
  return existsSync(join(root, file)) ? lacks?.() : `the file ${file}`;
}
