import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { mutate } from './mutation.ts';
import { mutations } from './mutations.ts';

const packages = new URL('../../../', import.meta.url);

describe.each(mutations)('$name', (mutation) => {
  test.each(mutation.pieces.map(({ file }) => file))('still finds its piece in %s', (file) => {
    const source = readFileSync(fileURLToPath(new URL(file, packages)), 'utf8');
    expect(mutate(file, source, mutation)).not.toBe(source);
  });
});

test('the documentation lists each bug with its description and the seeds within which it is found', () => {
  const text = readFileSync(fileURLToPath(new URL('../docs/simulation.md', packages)), 'utf8');
  const rows = Array.from(
    text.matchAll(/^\| `([\w-]+)` \| ([^|;]+)(?:;[^|]+)? \| (\d+) \| (\d+) \|$/gm),
    ([, name, bug, found, within]) => {
      const seeds = Number(within);
      return { name, bug: bug?.trim(), isWithin: Number(found) <= seeds, seeds };
    },
  );
  expect(rows).toEqual(mutations.map(({ name, bug, seeds }) => ({ name, bug, isWithin: true, seeds })));
});

test('no two bugs have the same name', () => {
  const names = mutations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a piece that is missing or ambiguous is refused', () => {
  const mutation = { name: 'x', bug: '', seeds: 1, pieces: [{ file: 'a.ts', from: 'old', to: 'new' }] };
  expect(mutate('a.ts', 'some old text', mutation)).toBe('some new text');
  expect(mutate('b.ts', 'another', mutation)).toBe('another');
  expect(() => mutate('a.ts', 'some text', mutation)).toThrow('0 times');
  expect(() => mutate('a.ts', 'old, old', mutation)).toThrow('2 times');
});
