import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MUTATION_VARIABLE, type Mutation } from './mutation.ts';

/** How the hunt for a deliberate bug ended. */
export interface Catch {
  readonly mutation: Mutation;
  /** The first seed that fails with the bug, and does not without it; `undefined`: there is none. */
  readonly seed: number | undefined;
  /** What was found not to hold; or, when there is no seed, what went wrong. */
  readonly finding: string;
}

const preload = fileURLToPath(new URL('./preload.ts', import.meta.url));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface HuntOptions {
  /** Mutations hunted for at a time. */
  readonly atOnce: number;
  /** The seeds are known not to fail without a bug, and are not run without it to make sure. Default: false. */
  readonly areSeedsClean?: boolean;
}

/** Runs seeds from 1 on in a process that has the bug, until one of them fails or the stated number is over. */
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
  // A piece that does not fit its place any more breaks everything, and proves nothing.
  if (/ReferenceError|SyntaxError|is not a function/.test(what))
    return { mutation, seed: undefined, finding: what };
  if (areSeedsClean) return { mutation, seed, finding: what };
  // A seed that fails in any case proves nothing.
  const without = await run([main, '--seed', String(seed), ...wishes], {});
  if (without.code === 0) return { mutation, seed, finding: what };
  return { mutation, seed: undefined, finding: `seed ${seed} fails without the bug, too` };
}

/** Hunts for each of them, and tells of it as soon as that is over. */
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
