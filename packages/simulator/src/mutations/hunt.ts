import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MUTATION_VARIABLE, type Mutation } from './mutation.ts';

/** The result of the hunt for a planted bug. */
export interface Catch {
  readonly mutation: Mutation;
  /** The first seed that fails with the bug, but does not fail without it; undefined if there is none. */
  readonly seed: number | undefined;
  /** The property that does not hold. Without a seed: what went wrong. */
  readonly finding: string;
}

const preload = fileURLToPath(new URL('./preload.ts', import.meta.url));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface HuntOptions {
  /** The number of mutations that are hunted for at the same time. */
  readonly atOnce: number;
  /** Whether the seeds are known not to fail without a bug, so that they are not run without it. Default: false. */
  readonly areSeedsClean?: boolean;
}

/** Runs seeds from 1 on in a process with the bug, until one of them fails or its number of seeds is reached. */
async function hunt(mutation: Mutation, areSeedsClean: boolean): Promise<Catch> {
  const { name, seeds, workloads = [] } = mutation;
  const wishes = workloads.flatMap((workload) => ['--workload', workload]);
  const args = ['--seeds', String(seeds), '--workers', '1', '--brief', ...wishes];
  const withBug = await run(['--import', preload, main, ...args], { [MUTATION_VARIABLE]: name });
  const found = /seed (\d+) fails: ([^\n]*)/.exec(withBug.stdout);
  if (found === null) {
    const problem = withBug.stderr.trim().split('\n').slice(-8).join('\n');
    return { mutation, seed: undefined, finding: problem || 'not found' };
  }
  const seed = Number(found[1]);
  const what = found[2] ?? '';
  // A piece that no longer fits its place breaks everything, and proves nothing.
  if (/ReferenceError|SyntaxError|is not a function/.test(what))
    return { mutation, seed: undefined, finding: what };
  if (areSeedsClean) return { mutation, seed, finding: what };
  // A seed that also fails without the bug proves nothing.
  const without = await run([main, '--seed', String(seed), ...wishes], {});
  if (without.code === 0) return { mutation, seed, finding: what };
  return { mutation, seed: undefined, finding: `seed ${seed} also fails without the bug` };
}

/** Hunts for all mutations, and reports each result as soon as it is known. */
export async function huntAll(
  mutations: readonly Mutation[],
  { atOnce, areSeedsClean = false }: HuntOptions,
  onCatch: (caught: Catch) => void,
): Promise<void> {
  const waiting = [...mutations];
  const hunter = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      onCatch(await hunt(next, areSeedsClean));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, hunter));
}

async function run(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [code, stdout, stderr] = await Promise.all([exit, textOf(child.stdout), textOf(child.stderr)]);
  return { code, stdout, stderr };
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
