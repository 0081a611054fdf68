import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseArguments, UsageError } from './arguments.ts';
import { mutations } from './mutations/mutations.ts';

test('a hundred seeds from 1 on unless told otherwise', () => {
  expect(parseArguments([])).toMatchObject({ command: 'soak', from: 1, seeds: 100, keepsGoing: false });
  expect(parseArguments(['--seeds', '20000', '--from', '7', '--keep-going'])).toMatchObject({
    from: 7,
    seeds: 20_000,
    keepsGoing: true,
  });
});

test('one seed, its wishes, and what is told of it', () => {
  const argv = ['--seed', '42', '--servers', '5', '--workload', 'locks', '--trace', '--only', 's1,c2'];
  expect(parseArguments(argv)).toMatchObject({
    command: 'replay',
    what: 42,
    trace: true,
    only: ['s1', 'c2'],
    wishes: { servers: 5, workloads: ['locks'] },
  });
});

test('all deliberate bugs, or those that are named', () => {
  expect(parseArguments(['--mutations'])).toMatchObject({ command: 'hunt', mutations });
  expect(parseArguments(['--mutations', 'skip-trunc'])).toMatchObject({
    mutations: [{ name: 'skip-trunc' }],
  });
});

// What would run nothing, and so find nothing, must not end well.
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
])('%j is refused in one sentence that tells why', (argv, word) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
  expect(() => parseArguments(argv)).toThrow(word);
});
