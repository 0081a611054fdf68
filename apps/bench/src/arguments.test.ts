import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { scenarioNames } from './scenario.ts';

describe('parseArguments', () => {
  it('has a default for every flag', async () => {
    expect(await parseArguments(['compare'])).toMatchObject({
      command: 'compare',
      targets: ['zookeeper', 'conclave-ws', 'conclave-tcp'],
      rounds: 3,
      seconds: 5,
      valueBytes: 100,
      mustLead: false,
      json: false,
    });
  });

  it('takes lists, and ignores repeated items', async () => {
    const argv = ['compare', '--only', 'get,set,get', '--targets', 'conclave-ws'];
    expect(await parseArguments(argv)).toMatchObject({ scenarios: ['get', 'set'], targets: ['conclave-ws'] });
  });

  it('leaves out of `run` the scenarios that need their own servers', async () => {
    const parsed = await parseArguments(['run', '--target', 'zookeeper://a:1,b:2']);
    expect(parsed).toMatchObject({ servers: ['tcp://a:1', 'tcp://b:2'] });
    expect(parsed).not.toMatchObject({ scenarios: expect.arrayContaining(['leader-killed']) });
    await expect(parseArguments(['run', '--target', 'ws://a', '--only', 'leader-killed'])).rejects.toThrow(
      '--only',
    );
  });

  it.each(['--help', 'compare --help', 'run --help'])(
    '%s lists every command, scenario and flag',
    async (line) => {
      const parsed = await parseArguments(line.split(' '));
      expect(parsed.command).toBe('help');
      const text = parsed.command === 'help' ? parsed.text : '';
      for (const name of line === '--help' ? [...scenarioNames, 'compare', 'run'] : ['--rounds', '--json']) {
        expect(text).toContain(name);
      }
    },
  );

  it.each([
    ['', 'a command is missing'],
    ['fly', 'fly'],
    ['compare --only sett', '"sett" is none of set, get'],
    ['compare --targets etcd', '"etcd" is none of zookeeper'],
    ['compare --rounds 1.5', '--rounds: expected a whole number from 1'],
    ['compare --rounds x', '--rounds: expected'],
    ['compare --seconds 0', '--seconds: expected a number from 0.1'],
    ['compare --value-bytes 3', '--value-bytes: expected a number from 4'],
    ['compare --wings 2', 'wings'],
    ['run', 'target'],
    ['run --target a:1', '"a:1" is no server'],
  ])('refuses %j', async (line, message) => {
    await expect(parseArguments(line.split(' ').filter(Boolean))).rejects.toMatchObject({
      code: 'BAD_USAGE',
      message: expect.stringContaining(message),
    });
  });
});
