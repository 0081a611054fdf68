import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeQuoted, quoteToken, scanTokens } from './tokens.ts';

const texts = (line: string) => scanTokens(line).tokens.map(({ text }) => text);

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
])('%j is read as %j', (line, tokens) => {
  const scan = scanTokens(line);
  expect(scan.problem).toBeUndefined();
  expect(scan.tokens.map(({ text }) => text)).toEqual(tokens);
});

test.each([
  ['get "/a', 4, 'this quote is not closed', '"'],
  ['get \'/a "', 4, 'this quote is not closed', "'"],
  ['get /a\\', 6, 'a backslash at the end of the line', undefined],
  ['get /a\\q', 6, 'unknown escape', undefined],
  ['get "\\x4"', 5, 'unknown escape', '"'],
  ['get "\\u{110000}"', 5, 'unknown escape', '"'],
])('%j has a problem at %d', (line, column, message, openQuote) => {
  const { problem, openQuote: open } = scanTokens(line);
  expect(problem).toEqual({ column, message: expect.stringContaining(message) });
  expect(open).toBe(openQuote);
});

test('a token records its position and whether it was quoted', () => {
  expect(scanTokens(' set "/a b" -5').tokens).toEqual([
    { text: 'set', start: 1, end: 4, quoted: false },
    { text: '/a b', start: 5, end: 11, quoted: true },
    { text: '-5', start: 12, end: 14, quoted: false },
  ]);
});

describe('for any text', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());

  test('quoted tokens are read back unchanged', () => {
    fc.assert(
      fc.property(fc.array(anyText), (tokens) => {
        expect(texts(tokens.map(quoteToken).join(' '))).toEqual(tokens);
      }),
    );
  });

  test('text escaped for double quotes is read back unchanged', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(texts(`"${escapeQuoted(text)}"`)).toEqual([text]);
      }),
    );
  });

  test('scanning never throws, tokens are in order, and a problem points into the line', () => {
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
          const { tokens, problem } = scanTokens(line);
          let end = 0;
          for (const token of tokens) {
            expect(token.start).toBeGreaterThanOrEqual(end);
            expect(token.end).toBeGreaterThan(token.start);
            end = token.end;
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
