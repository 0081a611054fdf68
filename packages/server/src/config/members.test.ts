import { expect, it } from 'vitest';
import { ConfigError } from './config.ts';
import { membershipText, membersOf } from './members.ts';

it('lists the members in the order of their ids, with their client addresses', () => {
  const members = { 10: 'c:2888', 1: 'a:2888', 2: '[::1]:2888' };
  const zookeeperAddresses = { 1: 'a:2181' };
  expect(membershipText({ members, zookeeperAddresses })).toBe(
    'server.1=a:2888:3888:participant;a:2181\n' +
      'server.2=[::1]:2888:3888:participant\n' +
      'server.10=c:2888:3888:participant\n' +
      'version=0',
  );
});

it.each([
  [64_535, 65_535],
  [64_536, 63_536],
  [65_535, 64_535],
])('names two different and valid ports for port %i', (port, second) => {
  const text = membershipText({ members: { 1: `a:${port}` }, zookeeperAddresses: undefined });
  expect(text).toBe(`server.1=a:${port}:${second}:participant\nversion=0`);
});

it('takes the brackets off an IPv6 host', () => {
  const members = { 2: '[2001:db8::2]:2888', 1: 'a:2888' };
  expect(membersOf({ members })).toEqual([
    { id: 1, address: 'a:2888', host: 'a', port: 2888 },
    { id: 2, address: '[2001:db8::2]:2888', host: '2001:db8::2', port: 2888 },
  ]);
});

it.each(['a:65536', '2001:db8::2:2888', ':2888'])('refuses %s as an address', (address) => {
  expect(() => membersOf({ members: { 1: address } })).toThrow(
    new ConfigError([`members: "${address}": expected host:port`]),
  );
});
