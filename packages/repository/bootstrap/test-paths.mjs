import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { BootstrapError, root } from './toolchain.mjs';

/**
 * Separates the arguments of `npm test` into the paths whose tests are wanted and the options for vitest. An argument
 * right after an option is the option's value, unless it names a file that exists.
 *
 * @param {readonly string[]} args
 * @param {string} standing the folder in which the command was typed: paths are relative to it, or else to the root.
 * @throws {BootstrapError} for a path that does not exist, that lies outside the repository, or that holds no tests.
 */
export function splitArguments(args, standing) {
  const paths = [];
  const options = [];
  let mayBeValue = false;
  for (const arg of args) {
    const path = arg.startsWith('-') ? undefined : find(arg, standing);
    if (path !== undefined) paths.push(mustHoldTests(path));
    else if (arg.startsWith('-') || mayBeValue) options.push(arg);
    else throw new BootstrapError(`There is no file or folder ${arg}.`);
    mayBeValue = /^-[^=]*$/.test(arg);
  }
  return { paths, options };
}

/** The part of a title that options for vitest ask for, or undefined if they ask for none. */
export function wantedTitle(options) {
  for (const [i, option] of options.entries()) {
    const [, value] = /^(?:-t|--testNamePattern)(?:=(.*))?$/.exec(option) ?? [];
    if (value !== undefined) return value;
    if (option === '-t' || option === '--testNamePattern') return options[i + 1];
  }
  return undefined;
}

/** Vitest's name for a file or folder: relative to the root, and a folder with a slash, so that its name is a whole one. */
export function mustHoldTests(path) {
  const [file, line = ''] = splitLine(path);
  const name = relative(root, file);
  if (name === '..' || name.startsWith('../')) throw new BootstrapError(`${file} is not in this repository.`);
  if (!holdsTests(file)) throw new BootstrapError(`There are no tests in ${name === '' ? '.' : name}.`);
  return statSync(file).isDirectory() ? `${name}/` : name + line;
}

function find(arg, standing) {
  const [name, line = ''] = splitLine(arg);
  const path = [resolve(standing, name), resolve(root, name)].find(existsSync);
  return path === undefined ? undefined : path + line;
}

/** `peer.test.ts:12` means the test on that line. */
function splitLine(path) {
  const [, file, line] = /^(.*?)(:\d+)?$/.exec(path);
  return [file, line];
}

function holdsTests(path) {
  if (!statSync(path).isDirectory()) return /\.test\.(ts|mjs)$/.test(path);
  return readdirSync(path, { withFileTypes: true }).some(
    (entry) => !['node_modules', 'dist', '.git'].includes(entry.name) && holdsTests(join(path, entry.name)),
  );
}
