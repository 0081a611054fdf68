import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../sources/repository.ts';
import { CEILINGS_FILE, ceilingProblems, GOAL, lowered, readCeilings, readParts } from './ceilings.ts';

// `npm run english [-- PATH... | --lower]`: each odd word with its place, and the figure of each part.
const { values, positionals } = parseArgs({
  options: { lower: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const parts = readParts();
if (values.lower) {
  const text = JSON.stringify(lowered(parts, readCeilings()), null, 2);
  writeFileSync(join(ROOT, CEILINGS_FILE), `${text}\n`);
}
const ceilings = readCeilings();
const wanted = positionals.map((path) => relative(ROOT, resolve(process.env.INIT_CWD ?? '.', path)));
for (const { file, line, word, context } of parts.flatMap(({ odd }) => odd)) {
  if (wanted.length > 0 && !wanted.some((path) => file === path || file.startsWith(`${path}/`))) continue;
  print(`${file}:${line}: ${word}: ${context}`);
}
print('\nOdd words in 1,000, and the most there may be:');
for (const { name, figure, odd } of parts) {
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

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
