import { type ByteWriter, makeZxid, type Stat } from '../src/index.ts';
import { encoded } from './arbitraries.ts';

/*
 * What the tests of the wire's bytes have in common: samples, each as a value and as its bytes.
 */

export const PATH = '00000006 2f6170702f6e'; // "/app/n"
export const DATA = '00000002 6869'; // "hi"
export const NULL = 'ffffffff';
export const OPEN = '00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65'; // [31, "world", "anyone"]
export const STAT = [
  '0000000100000002', // czxid
  '0000000100000003', // mzxid
  '0000018bcfe56800', // ctime
  '0000018bcfe56801', // mtime
  '00000004', // version
  '00000005', // cversion
  '00000006', // aversion
  '0102030405060708', // ephemeralOwner
  '00000007', // dataLength
  '00000008', // numChildren
  '0000000100000009', // pzxid
].join('');
export const PASSWORD = '00000010 000102030405060708090a0b0c0d0e0f';

export const path = '/app/n';
export const data = Uint8Array.of(0x68, 0x69);
export const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
export const stat: Stat = {
  czxid: makeZxid(1, 2),
  mzxid: makeZxid(1, 3),
  ctime: 1_700_000_000_000,
  mtime: 1_700_000_000_001,
  version: 4,
  cversion: 5,
  aversion: 6,
  ephemeralOwner: 0x0102030405060708n,
  dataLength: 7,
  numChildren: 8,
  pzxid: makeZxid(1, 9),
};
export const password = Uint8Array.from({ length: 16 }, (_, i) => i);

export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
export function hexOf(write: (writer: ByteWriter) => void): string {
  return Array.from(encoded(write), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function joined(bytes: string): string {
  return bytes.replaceAll(/\s/g, '');
}
