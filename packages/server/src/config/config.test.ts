import { describe, expect, test } from 'vitest';
import { ConfigError, resolveConfig } from './config.ts';

function problems(values: Record<string, unknown>): readonly string[] {
  try {
    resolveConfig([{ name: 'flags', values }]);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('resolveConfig', () => {
  test('without any settings describes a single server on loopback', () => {
    expect(resolveConfig([])).toMatchObject({ id: 1, host: '127.0.0.1', webPort: 7400, zookeeperPort: 2181 });
  });

  test('prefers the value of the later source', () => {
    const sources = [
      { name: 'file', values: { id: 2, members: { 1: 'a:1', 2: 'b:1' }, webPort: 1 } },
      { name: 'environment', values: { webPort: 2 } },
      { name: 'flags', values: { webPort: undefined } },
    ];
    expect(resolveConfig(sources)).toMatchObject({ id: 2, webPort: 2 });
  });

  test.each([
    [
      'an unknown key, with a suggestion',
      { webport: 1 },
      /webport \(from flags\): no such setting; did you mean webPort\?/,
    ],
    ['a port out of range', { webPort: 70_000 }, /webPort \(from flags\):.*65535/],
    ['text for a number', { tickMs: 'soon' }, /tickMs \(from flags\):.*number/],
    ['a member without a port', { members: { 1: 'host' } }, /members\.1 .*expected host:port/],
    [
      'a member number that is no number',
      { members: { one: 'host:1' } },
      /members.*expected a server number/,
    ],
    ['an ensemble without this server', { id: 3, members: { 1: 'a:1' } }, /expected server 3 \(this one\)/],
    [
      'a minimum above the maximum',
      { sessionTimeoutMinMs: 5_000, sessionTimeoutMaxMs: 4_000 },
      /sessionTimeoutMinMs.*4000/,
    ],
  ])('refuses %s', (_name, values, expected) => {
    expect(problems(values).join('\n')).toMatch(expected);
  });
});
