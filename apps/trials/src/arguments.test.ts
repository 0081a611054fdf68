import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { faultNames } from './faults/index.ts';

test('by default every fault strikes ensembles of three and of five', async () => {
  expect(await parseArguments([])).toMatchObject({
    command: 'run',
    servers: [3, 5],
    faults: faultNames,
    seconds: 12,
    together: false,
  });
});

test('flags choose the faults, the sizes, the time and the report', async () => {
  const argv = '--servers 3 --fault bridge leader-alone --seconds 0 --together --report r.md'.split(' ');
  expect(await parseArguments(argv)).toMatchObject({
    servers: [3],
    faults: ['bridge', 'leader-alone'],
    seconds: 0,
    together: true,
    report: 'r.md',
  });
});

test('the help lists every fault', async () => {
  const help = await parseArguments(['--help']);
  if (help.command !== 'help') throw new Error('this should be help');
  for (const name of faultNames) expect(help.text).toContain(`  ${name}  `);
});

test.each([
  ['--servers 4', '--servers: expected 3 or 5'],
  ['--fault flood', '--fault: expected one of'],
  ['--seconds -1', '--seconds: expected a number'],
  ['--report r.txt', '--report: expected a name that ends with .md'],
  ['--nonsense', 'Unknown argument: nonsense'],
])('%s is refused', async (argv, message) => {
  await expect(parseArguments(argv.split(' '))).rejects.toThrow(message);
});
