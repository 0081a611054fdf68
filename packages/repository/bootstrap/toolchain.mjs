import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The root `package.json`, which names the versions of Node and pnpm. */
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * The Node binary that runs the project, from the npm package `node`. It is not the shell script that pnpm puts in
 * `node_modules/.bin`, because a signal to that script ends the script and leaves Node running.
 */
export const projectNode = join(root, 'node_modules/node/bin/node');

/** The environment of all programs started from here. The project's Node and tools come before the machine's. */
export function toolEnvironment() {
  const folders = [join(root, 'node_modules/node/bin'), join(root, 'node_modules/.bin')];
  return {
    ...process.env,
    PATH: [...folders, process.env.PATH ?? ''].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    // Every process of an ensemble loads the same sources. The cache lets one of them strip the types and compile.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/node-compile'),
  };
}

/**
 * Runs a program in the repository's folder and resolves to its exit code, which for a program ended by a
 * signal is 128 + the signal's number, as in a shell. Signals to this process are passed on, and it waits for
 * the program to end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, onOutput?: (chunk: Buffer) => void }} options `onOutput` receives the program's
 *   output, which goes to the terminal otherwise.
 * @returns {Promise<number>}
 */
export function run(command, args, { env = toolEnvironment(), onOutput } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: onOutput === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    if (onOutput !== undefined) {
      child.stdout.on('data', onOutput);
      child.stderr.on('data', onOutput);
    }
    const forward = (signal) => {
      // A terminal sends ^C to every process in the foreground, so the program has received it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of forwardedSignals) process.on(signal, forward);
    const stopForwarding = () => {
      for (const signal of forwardedSignals) process.off(signal, forward);
    };
    child.on('error', (error) => {
      stopForwarding();
      reject(error);
    });
    child.on('close', (code, signal) => {
      stopForwarding();
      resolve(signal === null ? code : 128 + constants.signals[signal]);
    });
  });
}

const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs pnpm in the version the root manifest names. The machine need not have pnpm, and for as long as the command
 * runs, the programs that it starts find this version on their path. Turbo needs that.
 *
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} options
 */
export function pnpm(args, options) {
  return run('npx', ['--yes', manifest.packageManager, ...args], options);
}

/** An error whose message explains it in full, so that no stack trace is needed. */
export class BootstrapError extends Error {
  name = 'BootstrapError';
}

/** Writes an error to standard error, without its stack trace if the message explains it in full. */
export function reportError(error) {
  process.stderr.write(`${error instanceof BootstrapError ? error.message : error.stack}\n`);
}
