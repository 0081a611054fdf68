import { describe, expect, test } from 'vitest';
import {
  aclText,
  dataText,
  listText,
  Normaliser,
  pathText,
  permissionsOf,
  permissionsText,
  type StatFields,
  sessionText,
  statText,
  zxidText,
} from './outcome.ts';

const now = Date.now();
const stat: StatFields = {
  czxid: 7n,
  mzxid: 9n,
  pzxid: 8n,
  ctime: now - 5,
  mtime: now,
  version: 1,
  cversion: 2,
  aversion: 3,
  ephemeralOwner: 0n,
  dataLength: 4,
  numChildren: 5,
};

describe('a stat', () => {
  test('is written without its times', () => {
    expect(statText(stat)).toBe('{cz=z#7 mz=z#9 pz=z#8 v=1 cv=2 av=3 len=4 kids=5}');
  });

  test.each<[string, Partial<StatFields>]>([
    ['set before it was created', { mtime: now - 10 }],
    ['never set, but with two times', { mzxid: 7n }],
    ['from the distant past', { ctime: 5, mtime: 5 }],
    ['from a new tree, but with a time', { czxid: 0n }],
  ])('that contradicts itself is written with its times: %s', (_, wrong) => {
    expect(statText({ ...stat, ...wrong })).toContain(' times=');
  });

  test.each([
    [1n, 'owner=s#1'],
    [-1n & ~(0xffffn << 40n), 'owner=ttl:'],
    [-(2n ** 63n), 'owner=container'],
  ])('shows the owner %d', (ephemeralOwner, text) => {
    expect(statText({ ...stat, ephemeralOwner })).toContain(text);
  });
});

describe('the normaliser', () => {
  test('replaces zxids by ranks, sessions by names, and the node of the case', () => {
    const normaliser = new Normaliser('/case-000012');
    normaliser.name('A', 77n);
    expect(normaliser.expand('/zookeeper/quota~/a')).toBe('/zookeeper/quota/case-000012/a');
    expect(
      normaliser.normalise([
        `/case-000012/a ${zxidText(4294967300n)} ${sessionText(77n)}`,
        `${zxidText(12)} ${zxidText(0)} ${zxidText(-1)} ${sessionText(78n)} 127.0.0.1:2181:3888`,
      ]),
    ).toEqual(['~/a z2 A', 'z1 0 -1 stranger 127.0.0.1:ports']);
  });
});

describe('texts', () => {
  test('of permissions are read back', () => {
    for (let permissions = 1; permissions < 32; permissions++) {
      expect(permissionsOf(permissionsText(permissions))).toBe(permissions);
    }
    expect([0, 32, -1].map(permissionsText)).toEqual(['0', '32', '-1']);
    expect(permissionsOf('-1')).toBe(-1);
  });

  test('of ambiguous values are quoted', () => {
    expect(listText(['b', 'a c'])).toBe('["a c" b]');
    expect(pathText('/a\u0001')).toBe('"/a\\u0001"');
    expect(dataText(null)).toBe('null');
    expect(dataText(Buffer.from([0, 255]))).toBe('"\\u0000ÿ"');
    expect(dataText(Buffer.alloc(1000))).toBe('1000 bytes');
    expect(aclText([{ permissions: 31, scheme: 'world', id: 'anyone' }])).toBe('[world:anyone:rwcda]');
  });
});
