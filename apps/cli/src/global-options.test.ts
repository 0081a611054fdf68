import { describe, expect, test } from 'vitest';
import { parseGlobalOptions, splitGlobalOptions } from './global-options.ts';

test.each([
  ['get /a --json', ['--json'], ['get', '/a']],
  ['--server a:1 get -s /a', ['--server', 'a:1'], ['get', '-s', '/a']],
  ['get /a --server=a:1 -s', ['--server=a:1'], ['get', '/a', '-s']],
  ['lock /l -- cmd --json --server x', [], ['lock', '/l', '--', 'cmd', '--json', '--server', 'x']],
  ['--json', ['--json'], []],
  ['--auth digest:a:b get /a', ['--auth', 'digest:a:b'], ['get', '/a']],
  ['-x get', ['-x'], ['get']],
  ['get --help', [], ['help', 'get']],
  ['--help', ['--help'], []],
])('%s is split into options and a command', (line, options, words) => {
  expect(splitGlobalOptions(line.split(' '))).toEqual({ options, words });
});

test('a command line yields its settings and the words of the command', async () => {
  const argv = ['--server', 'a:1', '--server', 'b:2,c:3', '--timeout', '5', '--json', 'get', '/a'];
  expect(await parseGlobalOptions(argv)).toEqual({
    kind: 'run',
    given: {
      servers: ['a:1', 'b:2,c:3'],
      auth: undefined,
      json: true,
      timeout: '5',
      sessionTimeout: undefined,
    },
    words: ['get', '/a'],
  });
});

test('--help lists every option, command and exit code', async () => {
  const options = await parseGlobalOptions(['--help']);
  const text = options.kind === 'answer' ? options.text : '';
  for (const part of [
    '--server',
    '--json',
    '--timeout',
    'deleteall [-b number] path',
    'Exit codes: 0 done',
    '124 lock lost',
  ]) {
    expect(text).toContain(part);
  }
});

test('--version prints the version', async () => {
  expect(await parseGlobalOptions(['--version'])).toEqual({
    kind: 'answer',
    text: expect.stringMatching(/^\d+\.\d+/),
  });
});

describe('an invalid command line is refused', () => {
  test.each([[['--sever', 'x']], [['--server']], [['-x', 'get']], [['--timeout', '--json', 'get']]])(
    '%j',
    async (argv) => {
      await expect(parseGlobalOptions(argv)).rejects.toThrow();
    },
  );
});
