import { expect, test } from 'vitest';
import { addressBytes, remoteAddress } from './remote-address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::FFFF:10.1.2.3', '10.1.2.3'],
  ['::1', '0:0:0:0:0:0:0:1'],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
  ['2001:db8::00ff', '2001:db8:0:0:0:0:0:ff'],
])('the address %s is written as %s', (reported, written) => {
  expect(remoteAddress(reported)).toBe(written);
});

test.each(['client', 'unknown', '', '::ffff:10.1.2', '1.2.3.4.5'])('"%s" is no address', (reported) => {
  expect(addressBytes(reported)).toBeUndefined();
  expect(remoteAddress(reported)).toBeUndefined();
});
