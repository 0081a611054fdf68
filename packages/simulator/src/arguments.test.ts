import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';
import { mutations } from './mutations/mutations.ts';

test('without options, a hundred seeds run from 1 on', () => {
  expect(parseArguments([])).toMatchObject({ command: 'soak', from: 1, seeds: 100, keepsGoing: false });
  expect(parseArguments(['--seeds', '20000', '--from', '7', '--keep-going'])).toMatchObject({
    from: 7,
    seeds: 20_000,
    keepsGoing: true,
  });
});

test('one seed runs with its servers and workloads, and its trace is filtered', () => {
  const argv = ['--seed', '42', '--servers', '5', '--workload', 'locks', '--trace', '--only', 's1,c2'];
  expect(parseArguments(argv)).toMatchObject({
    command: 'replay',
    what: 42,
    trace: true,
    only: ['s1', 'c2'],
    wishes: { servers: 5, workloads: ['locks'] },
  });
});

test('--mutations takes all planted bugs, or the named ones', () => {
  expect(parseArguments(['--mutations'])).toMatchObject({ command: 'hunt', mutations });
  expect(parseArguments(['--mutations', 'skip-trunc'])).toMatchObject({
    mutations: [{ name: 'skip-trunc' }],
  });
});

// A command that would run nothing finds nothing either, and must not succeed.
test.each([
  [['--sedes', '3'], '--sedes'],
  [['--seeds', 'many'], '--seeds'],
  [['--seeds', '0'], '--seeds'],
  [['--from', '-1'], '--from'],
  [['--seed', '1e3'], '--seed'],
  [['--workers', '0'], '--workers'],
  [['--servers', '8'], '--servers'],
  [['--workload', 'lokcs'], 'sequences'],
  [['--mutations', 'skip-trunk'], 'skip-trunc'],
  [['skip-trunc'], 'skip-trunc'],
  [['--scenario', '/nowhere/at/all.json'], 'ENOENT'],
  [['--seed', '1', '--scenario', 'f.json'], '--scenario'],
  [['--shrink'], '--seed'],
  [['--mutations', 'skip-trunc', '--seeds', '3'], '--seeds'],
  [['--scenario', 'f.json', '--servers', '5'], '--servers'],
  [['--seed', '1', '--keep-going'], '--keep-going'],
  [['--scenario', fileURLToPath(new URL('../package.json', import.meta.url))], 'serverClocks'],
])('%j is refused in one sentence that gives the reason', (argv, word) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
  expect(() => parseArguments(argv)).toThrow(word);
});
