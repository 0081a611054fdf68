import { existsSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../sources/repository.ts';
import { CEILINGS_FILE, ceilingProblems, GOAL, lowered, readCeilings, readParts } from './ceilings.ts';

// `npm run english [-- PATH... | --lower]`: each odd word with its place, and the figure of each part.
const { values, positionals } = readArguments();
const wanted = positionals.map((path) => {
  const file = [process.env.INIT_CWD ?? '.', ROOT].map((folder) => resolve(folder, path)).find(existsSync);
  return file === undefined ? refuse(`There is no file or folder ${path}.`) : relative(ROOT, file);
});
const parts = readParts();
if (values.lower) {
  const text = JSON.stringify(lowered(parts, readCeilings()), null, 2);
  writeFileSync(join(ROOT, CEILINGS_FILE), `${text}\n`);
}
const ceilings = readCeilings();
for (const { file, line, word, context } of parts.flatMap(({ odd }) => odd)) {
  if (!isWanted(file)) continue;
  print(`${file}:${line}: ${word}: ${context}`);
}
print('\nOdd words in 1,000, and the most there may be:');
for (const { name, figure, odd } of parts) {
  if (!isShown(name)) continue;
  const ceiling = ceilings[name] ?? GOAL;
  print(
    `${name.padEnd(24)} ${String(odd.length).padStart(5)} ${figure.toFixed(2).padStart(8)} ${String(ceiling).padStart(6)}`,
  );
}
const problems = ceilingProblems(parts, ceilings);
for (const problem of problems) print(problem);
if (problems.length > 0) process.exitCode = 1;

// A reader such as `head` may leave early.
process.stdout.on('error', () => process.exit());

function readArguments() {
  try {
    return parseArgs({
      options: { lower: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message.split('. ')[0] : error}; there is only --lower.`);
  }
}

function refuse(problem: string): never {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

function isWanted(file: string): boolean {
  return wanted.length === 0 || wanted.some((path) => isWithin(file, path));
}

/** Shows the figure of each part that a path lies in or holds, or all of them if they hold no such part. */
function isShown(part: string): boolean {
  const shows = (name: string) => wanted.some((path) => isWithin(path, name) || isWithin(name, path));
  return !parts.some(({ name }) => shows(name)) || shows(part);
}

function isWithin(file: string, folder: string): boolean {
  return folder === '' || file === folder || file.startsWith(`${folder}/`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
