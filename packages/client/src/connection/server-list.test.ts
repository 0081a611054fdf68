import { expect, test } from 'vitest';
import { parseServers } from '../environment/addresses.ts';
import { ServerList } from './server-list.ts';

const servers = parseServers(['ws://a', 'ws://b', 'ws://c']);

test('every server is tried once before any is tried again', () => {
  const list = new ServerList(servers, Math.random);
  const round = () => new Set([list.next(), list.next(), list.next()]);
  expect(round()).toEqual(new Set(servers));
  expect(round()).toEqual(new Set(servers));
});

test('clients begin with different servers', () => {
  const fractions = Array.from({ length: 100 }, (_, i) => i / 100);
  const firsts = fractions.map((fraction) => new ServerList(servers, () => fraction).next().host);
  expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c']));
});
