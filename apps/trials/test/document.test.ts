import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allFaults } from '../src/faults/index.ts';

const SIZES = [3, 5];
const text = readFileSync(new URL('../../../docs/trials.md', import.meta.url), 'utf8');

/** The cells of all table rows that begin with the name of the fault. */
function rowsOf(fault: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`| \`${fault}\` |`))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

describe.each(allFaults)('the fault $name in docs/trials.md', ({ name, servers = SIZES }) => {
  test('is explained, and was measured on each size of ensemble', () => {
    const [explained, ...measured] = rowsOf(name);
    expect(explained).toHaveLength(4);
    expect(measured.map((cells) => Number(cells[2]))).toEqual(servers);
  });

  test('was measured without a loss, an overlap or a duplicate', () => {
    for (const cells of rowsOf(name).slice(1)) {
      expect(cells.slice(9, 12)).toEqual(['0', '0', '0']);
      expect(cells.at(-2)).toBe('passed');
    }
  });
});
