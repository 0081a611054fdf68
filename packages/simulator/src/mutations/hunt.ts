import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MUTATION_VARIABLE, type Mutation } from './mutation.ts';

/** How the hunt for a deliberate bug ended. */
export interface Catch {
  readonly mutation: Mutation;
  /** The first seed that fails; undefined: none did. */
  readonly seed: number | undefined;
  /** What was found not to hold; or, when there is no seed, what went wrong. */
  readonly told: string;
}

const preload = fileURLToPath(new URL('./preload.ts', import.meta.url));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs seeds from 1 on in a process that has the bug, until one of them fails or the stated number is over. */
export async function hunt(mutation: Mutation): Promise<Catch> {
  const child = spawn(
    process.execPath,
    ['--import', preload, main, '--seeds', String(mutation.seeds), '--workers', '1', '--brief'],
    { env: { ...process.env, [MUTATION_VARIABLE]: mutation.name }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const [stdout, stderr] = await output;
  const found = /seed (\d+) fails: ([^\n]*)/.exec(stdout);
  if (found !== null) return { mutation, seed: Number(found[1]), told: found[2] ?? '' };
  return { mutation, seed: undefined, told: stderr.trim().split('\n').slice(-8).join('\n') || 'not found' };
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
