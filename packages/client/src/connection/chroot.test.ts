import { OPEN_ACL, OpCode, type Request, type Response, type Stat } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { Chroot } from './chroot.ts';

const chroot = new Chroot('/app');

describe('requests', () => {
  const exists = (path: string): Request => ({ op: OpCode.exists, path, watch: false });
  const create = { op: OpCode.create2, data: null, acl: OPEN_ACL, flags: 0 } as const;

  test.each<[string, Request, Request]>([
    [
      'a read',
      { op: OpCode.exists, path: '/a', watch: true },
      { op: OpCode.exists, path: '/app/a', watch: true },
    ],
    ['the root', { op: OpCode.sync, path: '/' }, { op: OpCode.sync, path: '/app' }],
    [
      'a guarded multi',
      {
        op: OpCode.guarded,
        path: '/l',
        token: 1,
        write: { op: OpCode.multi, operations: [{ ...create, path: '/a' }] },
      },
      {
        op: OpCode.guarded,
        path: '/app/l',
        token: 1,
        write: { op: OpCode.multi, operations: [{ ...create, path: '/app/a' }] },
      },
    ],
    [
      'watches',
      {
        op: OpCode.setNativeWatches,
        relativeZxid: 1,
        data: ['/a'],
        exist: ['/b'],
        child: ['/'],
        persistent: ['/c'],
        persistentRecursive: ['/'],
        holder: ['/l'],
      },
      {
        op: OpCode.setNativeWatches,
        relativeZxid: 1,
        data: ['/app/a'],
        exist: ['/app/b'],
        child: ['/app'],
        persistent: ['/app/c'],
        persistentRecursive: ['/app'],
        holder: ['/app/l'],
      },
    ],
    ["the ensemble's own node", exists('/zookeeper/config'), exists('/zookeeper/config')],
    ['a request without a path', { op: OpCode.ping }, { op: OpCode.ping }],
  ])('%s', (_, request, expected) => {
    expect(chroot.addToRequest(request)).toEqual(expected);
    expect(new Chroot('/').addToRequest(request)).toBe(request);
  });
});

describe('responses', () => {
  test.each<[string, Response, Response]>([
    [
      'a created path',
      { op: OpCode.create2, path: '/app/a', stat: {} as Stat },
      { op: OpCode.create2, path: '/a', stat: {} as Stat },
    ],
    [
      'a contender',
      { op: OpCode.lineJoin, granted: true, node: '/app/l/c-lock-0', token: 1, position: 0 },
      { op: OpCode.lineJoin, granted: true, node: '/l/c-lock-0', token: 1, position: 0 },
    ],
    [
      'no contender',
      { op: OpCode.lineStatus, granted: false, node: '', token: 0, position: 0 },
      { op: OpCode.lineStatus, granted: false, node: '', token: 0, position: 0 },
    ],
  ])('%s', (_, response, expected) => {
    expect(chroot.stripFromResponse(response)).toEqual(expected);
    expect(new Chroot('/').stripFromResponse(response)).toBe(response);
  });
});

test('ephemeral nodes of a neighbour of the chroot with the same prefix are left out', () => {
  const ephemerals = ['/app', '/app/a', '/apple/a'];
  expect(chroot.stripFromResponse({ op: OpCode.getEphemerals, ephemerals })).toEqual({
    op: OpCode.getEphemerals,
    ephemerals: ['/', '/a'],
  });
});

test('a path is the same after adding and stripping the chroot', () => {
  for (const path of ['/', '/a', '/a/b', '/app']) expect(chroot.strip(chroot.add(path))).toBe(path);
});
