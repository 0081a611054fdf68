import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Case, parseScript, renderCase } from './script.ts';

const directory = fileURLToPath(new URL('../cases/', import.meta.url));

export interface Script {
  /** The file name without its ending, which is the subject of the cases. */
  readonly name: string;
  readonly cases: readonly Case[];
}

export function readScripts(): Script[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.txt'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.txt'.length),
      cases: parseScript(readFileSync(`${directory}${file}`, 'utf8')),
    }));
}

export function writeScript(script: Script, outcomes: ReadonlyMap<Case, readonly string[]>): void {
  const cases = script.cases.map((one) => renderCase(one, outcomes.get(one) ?? []));
  writeFileSync(`${directory}${script.name}.txt`, `${cases.join('\n\n')}\n`);
}
