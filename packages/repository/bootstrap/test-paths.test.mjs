import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mustHoldTests, splitArguments, wantedTitle } from './test-paths.mjs';
import { root } from './toolchain.mjs';

const zab = join(root, 'packages/zab');

describe('splitArguments', () => {
  it('takes a path relative to where the command was typed', () => {
    expect(splitArguments(['test/leader.test.ts'], zab).paths).toEqual(['packages/zab/test/leader.test.ts']);
    expect(splitArguments(['leader.test.ts'], join(zab, 'test')).paths).toEqual([
      'packages/zab/test/leader.test.ts',
    ]);
  });

  it('takes a path relative to the root from anywhere', () => {
    expect(splitArguments(['packages/zab/test'], zab).paths).toEqual(['packages/zab/test/']);
  });

  it('takes the line of a test', () => {
    expect(splitArguments(['test/leader.test.ts:12'], zab).paths).toEqual([
      'packages/zab/test/leader.test.ts:12',
    ]);
  });

  it('keeps options with their values, and paths after options', () => {
    expect(splitArguments(['-t', 'a title', '--retry=2', 'src', '--no-color', 'test'], zab)).toEqual({
      paths: ['packages/zab/src/', 'packages/zab/test/'],
      options: ['-t', 'a title', '--retry=2', '--no-color'],
    });
  });

  it.each([
    ['that does not exist', 'src/nowhere', 'There is no file or folder src/nowhere.'],
    ['without tests', 'package.json', 'There are no tests in packages/zab/package.json.'],
    ['outside the repository', '/etc', '/etc is not in this repository.'],
  ])('refuses a path %s', (_case, path, message) => {
    expect(() => splitArguments([path], zab)).toThrow(message);
  });
});

describe('mustHoldTests', () => {
  it('refuses a folder without tests', () => {
    expect(() => mustHoldTests(join(root, 'docs'))).toThrow('There are no tests in docs.');
  });
});

describe('wantedTitle', () => {
  it.each([
    [['--retry=2', '-t', 'newer history'], 'newer history'],
    [['-t=newer history'], 'newer history'],
    [['--testNamePattern', 'newer'], 'newer'],
    [['--retry=2', '--no-color'], undefined],
  ])('of %j is %j', (options, title) => {
    expect(wantedTitle(options)).toBe(title);
  });
});
