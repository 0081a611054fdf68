import { describe, expect, test } from 'vitest';
import { formatHostPort, parseHostPort } from './host-port.ts';

describe('parseHostPort', () => {
  test.each([
    ['localhost:7400', 'localhost', 7400],
    ['10.0.0.1:0', '10.0.0.1', 0],
    ['[::1]:7500', '::1', 7500],
    ['[fe80::1%eth0]:65535', 'fe80::1%eth0', 65_535],
  ])('%s has a host without brackets and a port, and is written the same again', (text, host, port) => {
    expect(parseHostPort(text)).toEqual({ host, port });
    expect(formatHostPort({ host, port })).toBe(text);
  });

  test.each([
    ['a port is missing', 'localhost'],
    ['the port is empty', 'localhost:'],
    ['the port is too large', 'localhost:65536'],
    ['the port is not a number', 'localhost:http'],
    ['the host is empty', ':7400'],
    ['an IPv6 host has no brackets', '::1:7500'],
    ['a bracket is not closed', '[::1:7500'],
    ['a name stands in brackets', '[host]:80'],
    ['there is a user name', 'user@host:1'],
    ['there is a blank', 'my host:1'],
    ['there is nothing', ''],
  ])('%s: undefined', (_, text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });

  test('a missing port is the default one', () => {
    expect(parseHostPort('[::1]', 2181)).toEqual({ host: '::1', port: 2181 });
    expect(parseHostPort('host:1', 2181)).toEqual({ host: 'host', port: 1 });
  });
});
