import { expect, it } from 'vitest';
import { membershipText } from './members.ts';

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
