import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseArguments, type Syntax, usageOf } from './syntax.ts';
import { scanTokens } from './tokens.ts';
import { UsageError } from './usage-error.ts';

const syntax: Syntax = {
  options: {
    '-s': { describe: '' },
    '-v': { value: 'version', describe: '' },
    '--wait': { value: 'ms', describe: '' },
  },
  operands: [
    { name: 'path', kind: 'path' },
    { name: 'data', optional: true },
  ],
};

const parse = (line: string, by = syntax) => parseArguments(by, scanTokens(line).tokens);

test('options may stand anywhere', () => {
  for (const line of ['-s -v 3 /a x', '/a -v 3 x -s', '/a x -s -v 3']) {
    const args = parse(line);
    expect(args.has('-s')).toBe(true);
    expect(args.integer('-v', -1, 9)).toBe(3);
    expect([args.operand('path'), args.optional('data')]).toEqual(['/a', 'x']);
  }
});

test('a long option may have its value attached', () => {
  expect(parse('/a --wait=5').value('--wait')).toBe('5');
  expect(parse('/a --wait 5').value('--wait')).toBe('5');
});

test('a token that is quoted or follows -- is an operand', () => {
  expect(parse('/a "-5"').optional('data')).toBe('-5');
  expect(parse('/a -- -5').optional('data')).toBe('-5');
  expect(parse('/a -').optional('data')).toBe('-');
});

test('tokens after -- may belong to another program', () => {
  const args = parse('-s /a -- sleep -s 5', { ...syntax, rest: 'command' });
  expect(args.rest).toEqual(['sleep', '-s', '5']);
  expect(args.optional('data')).toBeUndefined();
});

test('the last operand may take all tokens that follow', () => {
  const many: Syntax = { options: {}, operands: [{ name: 'server', optional: true, many: true }] };
  expect(parse('a b c', many).many('server')).toEqual(['a', 'b', 'c']);
  expect(parse('', many).many('server')).toEqual([]);
});

describe('an error says what is wrong and where', () => {
  test.each([
    ['', 'path is missing', undefined],
    ['-x /a', 'no option -x: the options are -s -v --wait', 0],
    ['/a -v', '-v needs a value: version', 5],
    ['/a hello world', 'unexpected "world"; data with blanks needs quotes', 9],
    ['--wait /a', 'path is missing', 9],
  ])('%j: %s', (line, message, column) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), column }),
    );
  });

  test.each(['x', '1.5', '', '99999999999', '10', '-2'])('-v %j is not a whole number in range', (value) => {
    const args = parse(`-v "${value}" /a`);
    expect(() => args.integer('-v', -1, 9)).toThrow(UsageError);
  });
});

test('any tokens parse or are a usage error', () => {
  const token = fc.record({
    text: fc.oneof(
      fc.string(),
      fc.constantFrom('--', '-s', '-v', '--wait=1', '__proto__', '-toString', 'constructor'),
    ),
    start: fc.constant(0),
    end: fc.constant(0),
    quoted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      try {
        parseArguments(syntax, tokens);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
  );
});

test('the usage line shows options, operands and the rest', () => {
  expect(usageOf('set', { ...syntax, rest: 'command args...' })).toBe(
    'set [-s] [-v version] [--wait ms] path [data] [-- command args...]',
  );
});
