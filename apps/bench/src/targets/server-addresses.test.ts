import { expect, it } from 'vitest';
import { serverAddresses } from './server-addresses.ts';

it.each([
  ['ws://a:7400', ['ws://a:7400']],
  ['ws://a:7400,tcp://b:2181', ['ws://a:7400', 'tcp://b:2181']],
  ['conclave://a:1,b:2', ['ws://a:1', 'ws://b:2']],
  ['zookeeper://a:1,[::1]:2/', ['tcp://a:1', 'tcp://[::1]:2']],
])('%s', (target, servers) => {
  expect(serverAddresses(target)).toEqual(servers);
});

it.each(['', 'a:2181', 'http://a', 'zookeeper://a/chroot', 'ws://a,', 'tcp://a b'])(
  'refuses %j',
  (target) => {
    expect(() => serverAddresses(target)).toThrow('is no server');
  },
);
