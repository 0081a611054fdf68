import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.ts';
import { CONTAINER_OWNER, nodeKindOf, TTL_MS_MAX, ttlOwner } from './node-kind.ts';
import { readStat, type StatFields, writeStat } from './stat.ts';
import { makeZxid } from './zxid.ts';

const SESSION = 0x0102030405060708n;

describe('the owner says the kind', () => {
  test.each([
    ['a persistent node', 0n, { kind: 'persistent' }],
    ['an ephemeral', SESSION, { kind: 'ephemeral', sessionId: SESSION }],
    ['an ephemeral of a server 128 or more', -SESSION, { kind: 'ephemeral', sessionId: -SESSION }],
    ['a container', CONTAINER_OWNER, { kind: 'container' }],
    ['a millisecond to live', ttlOwner(1), { kind: 'ttl', ttlMs: 1 }],
    ['the longest time to live', ttlOwner(TTL_MS_MAX), { kind: 'ttl', ttlMs: TTL_MS_MAX }],
  ])('%s', (_, owner, kind) => {
    expect(nodeKindOf(owner)).toEqual(kind);
  });

  test("the bits are ZooKeeper's", () => {
    expect(BigInt.asUintN(64, CONTAINER_OWNER)).toBe(0x8000000000000000n);
    expect(BigInt.asUintN(64, ttlOwner(0x0102030405))).toBe(0xff00000102030405n);
  });
});

describe('a stat hides kinds from clients that know none', () => {
  test.each([
    ['a container', CONTAINER_OWNER, 0n],
    ['a time to live', ttlOwner(5000), 0n],
    ['an ephemeral', SESSION, SESSION],
    ['an ephemeral of a session that is a number', 77, 77n],
    ['a persistent node', 0, 0n],
  ])('%s', (_, ephemeralOwner, hidden) => {
    expect(ownerOnTheWire(ephemeralOwner, true)).toBe(hidden);
    expect(ownerOnTheWire(ephemeralOwner, false)).toBe(BigInt(ephemeralOwner));
  });
});

function ownerOnTheWire(ephemeralOwner: bigint | number, hidesKinds: boolean): bigint {
  const zxid = makeZxid(1, 1);
  const counters = { version: 0, cversion: 0, aversion: 0, dataLength: 0, numChildren: 0 };
  const stat: StatFields = {
    ...counters,
    czxid: zxid,
    mzxid: zxid,
    pzxid: zxid,
    ctime: 1,
    mtime: 1,
    ephemeralOwner,
  };
  const writer = new ByteWriter();
  writeStat(writer, stat, hidesKinds);
  return readStat(new ByteReader(writer.take())).ephemeralOwner;
}
