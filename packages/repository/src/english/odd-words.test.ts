import { expect, test } from 'vitest';
import { oddPerThousand, readEnglish } from './odd-words.ts';

const oddIn = (file: string, source: string) =>
  readEnglish({ file, source }).odd.map(({ line, word }) => `${line}: ${word}`);

test('odd words in comments, strings and templates are found with their lines', () => {
  const source = [
    '/**',
    ' * Nobody is told.',
    ' */',
    "const message = 'the client who asked';",
    'const text = `so that {name} may tell`; // whoever asks',
  ]
    .join('\n')
    .replace('{', '${');
  expect(oddIn('a.ts', source)).toEqual(
    expect.arrayContaining(['2: Nobody', '2: told', '4: who', '5: tell', '5: whoever']),
  );
  expect(oddIn('a.ts', source)).toHaveLength(5);
});

test('code, single words and other words that begin alike are not odd', () => {
  expect(oddIn('a.ts', "const who = whoami('who'); // a whole teller, whose name is known")).toEqual([]);
});

test('a document is read whole, but for what it only quotes', () => {
  const text = 'The client who asks.\nNot `who`.\n<!-- quoted -->\n| Nobody |\n<!-- /quoted -->\nIt tells.';
  expect(oddIn('a.md', text)).toEqual(['1: who', '6: tells']);
});

test('the figure counts odd words among a thousand', () => {
  const { words, odd } = readEnglish({ file: 'a.md', source: 'a client who waits '.repeat(250) });
  expect(words).toBe(1_000);
  expect(oddPerThousand({ words, odd })).toBe(250);
});
