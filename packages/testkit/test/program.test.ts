import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ExitCode, type Help, runProgram, UsageError } from '../src/index.ts';

interface Wanted {
  readonly command: 'count';
}

async function ended(parse: () => Promise<Wanted | Help>, run: () => Promise<number>, signal?: AbortSignal) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const program = { name: 'counter', parse, run };
  const code = await runProgram(program, { stdout, stderr }, signal ?? new AbortController().signal);
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

function textOf(stream: PassThrough): string {
  return stream.read()?.toString() ?? '';
}

const wanted = async () => ({ command: 'count' }) as const;
const never = () => Promise.reject(new Error('it must not run'));
const silent = { stdout: '', stderr: '' };

test('a program ends with the exit code of its run', async () => {
  expect(await ended(wanted, async () => 3)).toEqual({ ...silent, code: 3 });
});

test('a program prints help instead of running', async () => {
  const help = async () => ({ command: 'help', text: 'counts' }) as const;
  expect(await ended(help, never)).toEqual({ ...silent, code: ExitCode.ok, stdout: 'counts\n' });
});

test('a program with invalid arguments says what is wrong and does not run', async () => {
  const misuse = () => Promise.reject(new UsageError('--to: expected a number'));
  const stderr = 'counter: --to: expected a number\n';
  expect(await ended(misuse, never)).toEqual({ ...silent, code: ExitCode.badUsage, stderr });
});

test('a program that fails says why', async () => {
  const run = () => Promise.reject(new Error('no numbers left'));
  const stderr = 'counter: no numbers left\n';
  expect(await ended(wanted, run)).toEqual({ ...silent, code: ExitCode.failed, stderr });
});

test('a program that was interrupted prints no error', async () => {
  const run = () => Promise.reject(new Error('cut off'));
  expect(await ended(wanted, run, AbortSignal.abort())).toEqual({ ...silent, code: ExitCode.interrupted });
});
