import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeQuoted, quoteWord, scanWords } from './words.ts';

const texts = (line: string) => scanWords(line).words.map(({ text }) => text);

test.each([
  ['', []],
  ['  \t ', []],
  ['ls /', ['ls', '/']],
  ['  ls   /a\t/b  ', ['ls', '/a', '/b']],
  ['create /a "hello world"', ['create', '/a', 'hello world']],
  ["create /a 'it \\n is'", ['create', '/a', 'it \\n is']],
  ['a"b c"d', ['ab cd']],
  ['""', ['']],
  ['a\\ b', ['a b']],
  ['"say \\"hi\\"" \\\'', ['say "hi"', "'"]],
  ['"\\n\\t\\x41\\u{1f512}"', ['\n\tA🔒']],
  ['get /a # the rest', ['get', '/a']],
  ['get /a#b "#c" \\#d', ['get', '/a#b', '#c', '#d']],
])('%j is %j', (line, words) => {
  const scan = scanWords(line);
  expect(scan.problem).toBeUndefined();
  expect(scan.words.map(({ text }) => text)).toEqual(words);
});

test.each([
  ['get "/a', 4, 'this quote is not closed', '"'],
  ['get \'/a "', 4, 'this quote is not closed', "'"],
  ['get /a\\', 6, 'a backslash at the end of the line', undefined],
  ['get /a\\q', 6, 'no such escape', undefined],
  ['get "\\x4"', 5, 'no such escape', '"'],
  ['get "\\u{110000}"', 5, 'no such escape', '"'],
])('%j has a problem at %d', (line, column, message, openQuote) => {
  const { problem, openQuote: open } = scanWords(line);
  expect(problem).toEqual({ column, message: expect.stringContaining(message) });
  expect(open).toBe(openQuote);
});

test('a word knows where it stands and whether it was quoted', () => {
  expect(scanWords(' set "/a b" -5').words).toEqual([
    { text: 'set', start: 1, end: 4, quoted: false },
    { text: '/a b', start: 5, end: 11, quoted: true },
    { text: '-5', start: 12, end: 14, quoted: false },
  ]);
});

describe('for any text', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());

  test('quoted words are read as they were', () => {
    fc.assert(
      fc.property(fc.array(anyText), (words) => {
        expect(texts(words.map(quoteWord).join(' '))).toEqual(words);
      }),
    );
  });

  test('between double quotes it is read as it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(texts(`"${escapeQuoted(text)}"`)).toEqual([text]);
      }),
    );
  });

  test('reading never throws, words stand in order, and a problem is in the line', () => {
    const typed = fc.array(
      fc.constantFrom('a', '/', ' ', '\t', '"', "'", '\\', '#', 'x4', 'u{', '}', '-', 'é'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          typed.map((parts) => parts.join('')),
        ),
        (line) => {
          const { words, problem } = scanWords(line);
          let end = 0;
          for (const word of words) {
            expect(word.start).toBeGreaterThanOrEqual(end);
            expect(word.end).toBeGreaterThan(word.start);
            end = word.end;
          }
          expect(end).toBeLessThanOrEqual(line.length);
          if (problem !== undefined) {
            expect(problem.column).toBeGreaterThanOrEqual(0);
            expect(problem.column).toBeLessThan(line.length);
          }
        },
      ),
    );
  });
});
