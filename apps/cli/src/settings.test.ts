import { describe, expect, test } from 'vitest';
import { parseServers, resolveSettings } from './settings.ts';

const given = {
  servers: undefined,
  auth: undefined,
  json: false,
  timeout: undefined,
  sessionTimeout: undefined,
};

test('without options and environment there are defaults', () => {
  expect(resolveSettings(given, {})).toEqual({
    servers: ['ws://127.0.0.1:7400'],
    auth: [],
    json: false,
    timeoutMs: 15_000,
    sessionTimeoutMs: 10_000,
  });
});

test.each([
  [['a:1,b:2'], ['ws://a:1', 'ws://b:2']],
  [
    ['a:1', ' tcp://b:2 '],
    ['ws://a:1', 'tcp://b:2'],
  ],
  [['conclave://a:1,b:2/app'], 'conclave://a:1,b:2/app'],
  [['zookeeper://a:1'], 'zookeeper://a:1'],
])('servers %j are read as %j', (list, servers) => {
  expect(resolveSettings({ ...given, servers: list }, { CONCLAVE_SERVERS: 'other:1' }).servers).toEqual(
    servers,
  );
  expect(parseServers(list)).toEqual(servers);
});

test('the environment names the servers if no option does', () => {
  expect(resolveSettings(given, { CONCLAVE_SERVERS: 'a:1,b:2' }).servers).toEqual(['ws://a:1', 'ws://b:2']);
  expect(resolveSettings(given, { CONCLAVE_SERVERS: '' }).servers).toEqual(['ws://127.0.0.1:7400']);
});

test('identities come from options, or from the environment', () => {
  const ann = { scheme: 'digest', credential: 'ann:se:cret' };
  const bob = { scheme: 'digest', credential: 'bob:x' };
  const text = 'digest:ann:se:cret';
  expect(resolveSettings({ ...given, auth: [text] }, { CONCLAVE_AUTH: 'digest:bob:x' }).auth).toEqual([ann]);
  expect(resolveSettings(given, { CONCLAVE_AUTH: `${text} digest:bob:x` }).auth).toEqual([ann, bob]);
});

test('an invalid identity is refused and not shown', () => {
  expect(() => resolveSettings(given, { CONCLAVE_AUTH: 'secret' })).toThrow(
    /^--auth: expected scheme:credential/,
  );
});

describe('an error names the invalid setting', () => {
  test.each([
    [{ ...given, timeout: 'soon' }, '--timeout: '],
    [{ ...given, timeout: '0' }, '--timeout: '],
    [{ ...given, sessionTimeout: '1.5' }, '--session-timeout: '],
    [{ ...given, servers: [' , '] }, '--server: expected at least one server'],
    [{ ...given, servers: ['a b:1'] }, '--server: an address cannot contain blanks'],
  ])('%j', (settings, message) => {
    expect(() => resolveSettings(settings, {})).toThrow(message);
  });
});
