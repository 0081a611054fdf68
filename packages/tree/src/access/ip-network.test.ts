import { describe, expect, test } from 'vitest';
import { IpNetwork, parseAddress } from './ip-network.ts';

function includes(network: string, address: string): boolean | undefined {
  const bytes = parseAddress(address);
  return bytes === undefined ? undefined : IpNetwork.parse(network)?.includes(bytes);
}

test.each([
  ['127.0.0.1', [127, 0, 0, 1]],
  ['255.255.255.255', [255, 255, 255, 255]],
  ['::', new Array(16).fill(0)],
  ['::1', [...new Array(15).fill(0), 1]],
  ['1::', [0, 1, ...new Array(14).fill(0)]],
  ['2001:db8::Ff00:42', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0x42]],
  ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
])('the address %s', (text, bytes) => {
  expect([...(parseAddress(text) ?? [])]).toEqual(bytes);
});

test.each([
  '',
  'localhost',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '1.2.3.',
  '1.2.3.-4',
  '1.2.3.0x4',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '1::2::3',
  ':1',
  '1:',
  ':::',
  '12345::',
  'g::',
  '::ffff:1.2.3.4',
])('no address: %j', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

describe('networks', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3/32', '10.1.2.3', true],
    ['10.1.2.3/32', '10.1.2.2', false],
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.99.99/16', '10.1.0.1', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['10.1.0.0/15', '10.0.3.4', true],
    ['10.1.0.0/15', '10.2.3.4', false],
    ['0.0.0.0/0', '250.1.2.3', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '::1', true],
    ['::/0', '127.0.0.1', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::1/128', '::1', true],
  ])('%s and %s', (network, address, expected) => {
    expect(includes(network, address)).toBe(expected);
  });

  test.each(['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', '/8', '::/129', '10.0.0/8', '::1/x'])(
    'none: %s',
    (text) => {
      expect(IpNetwork.parse(text)).toBeUndefined();
    },
  );
});
