import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Interaction } from './interaction.ts';

// Each file is a story: comments, then verbs, each with what it printed, between `----` and an empty line.
// UPDATE_SCRIPTS=1 records what is printed now; the difference is for a reviewer to judge.
const FOLDER = new URL('scripts/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

test.each(files)('%s', (name) => {
  const file = new URL(name, FOLDER);
  const expected = readFileSync(file, 'utf8');
  const played = play(expected);
  if (process.env.UPDATE_SCRIPTS === '1') writeFileSync(file, played);
  else expect(played).toBe(expected);
});

/** The same script with the output of this run in place of the recorded one. */
function play(script: string): string {
  const interaction = new Interaction();
  const lines: string[] = [];
  let inOutput = false;
  for (const line of script.trimEnd().split('\n')) {
    if (inOutput) {
      inOutput = line !== '';
      continue;
    }
    if (line === '----') {
      inOutput = true;
      continue;
    }
    lines.push(line);
    if (line === '' || line.startsWith('#')) continue;
    const printed = interaction.run(line);
    if (printed !== '') lines.push('----', printed, '');
  }
  return `${lines
    .join('\n')
    .trimEnd()
    .replace(/\n{3,}/g, '\n\n')}\n`;
}
