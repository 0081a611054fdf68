import { describe, expect, test } from 'vitest';
import { formatAddress, parseServers, parseTarget } from './addresses.ts';

describe('a connection string', () => {
  test.each([
    ['conclave://h1:7400,h2:7401/app/x', ['ws://h1:7400', 'ws://h2:7401'], '/app/x'],
    ['conclave://h', ['ws://h:7400'], '/'],
    ['conclave://h/', ['ws://h:7400'], '/'],
    ['zookeeper://h1,h2:2182', ['tcp://h1:2181', 'tcp://h2:2182'], '/'],
    ['tcp://10.0.0.1:1', ['tcp://10.0.0.1:1'], '/'],
    ['wss://ensemble.example:443', ['wss://ensemble.example:443'], '/'],
    ['h1:1, h2:2', ['ws://h1:1', 'ws://h2:2'], '/'],
    ['ws://[::1]:7400', ['ws://[::1]:7400'], '/'],
    ['[fe80::1]', ['ws://[fe80::1]:7400'], '/'],
  ])('%s is read', (text, servers, chroot) => {
    const target = parseTarget(text);
    expect(target.servers.map(formatAddress)).toEqual(servers);
    expect(target.chroot).toBe(chroot);
  });

  test.each([
    ['', '"" is not host:port'],
    ['http://h', 'scheme "http"'],
    ['conclave://', '"" is not host:port'],
    ['conclave://h1,,h2', '"" is not host:port'],
    ['conclave://user@h', '"user@h" is not host:port'],
    ['conclave://h:0', 'port 0'],
    ['conclave://h:65536', 'port 65536'],
    ['conclave://h:x', '"h:x" is not host:port'],
    ['conclave://h?tls', '"h?tls" is not host:port'],
    ['conclave://::1', '"::1" is not host:port'],
    ['conclave://h//a', 'chroot: an empty name'],
    ['conclave://h/a/', 'chroot: the path ends with'],
    ['constructor://h', 'scheme "constructor"'],
  ])('%s is refused: %s', (text, problem) => {
    expect(() => parseTarget(text)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => parseTarget(text)).toThrow(problem);
  });
});

describe('a list of servers', () => {
  test('a list of servers may mix transports', () => {
    expect(parseServers(['ws://a', 'tcp://b', 'c:1']).map(formatAddress)).toEqual([
      'ws://a:7400',
      'tcp://b:2181',
      'ws://c:1',
    ]);
  });

  test('a list of servers has at least one server, and no chroot', () => {
    expect(() => parseServers([])).toThrow('at least one');
    expect(() => parseServers(['ws://a/app'])).toThrow('chroot');
  });
});
