import {
  type Acl,
  ErrorNumber,
  EventType,
  OPEN_ACL,
  OpCode,
  Permission,
  type ReadRequest,
  type UnguardedWrite,
} from '@conclave/protocol';
import { type Credentials, NO_CREDENTIALS, parseAddress, SUPER_CREDENTIALS, Tree } from '@conclave/tree';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  create,
  Driver,
  depart,
  enter,
  type From,
  join,
  leave,
  remove,
  setData,
  takeCheckpoint,
} from './driver.ts';

const ann: Credentials = { address: undefined, identities: [{ scheme: 'digest', id: 'ann:x=' }] };
const bob: Credentials = {
  address: parseAddress('10.0.0.7'),
  identities: [{ scheme: 'digest', id: 'bob:y=' }],
};
const anns: Acl[] = [{ permissions: Permission.all, scheme: 'digest', id: 'ann:x=' }];

function granting(permissions: number): Acl[] {
  return [{ permissions, scheme: 'digest', id: 'bob:y=' }, ...anns];
}

let driver: Driver;
let session: number;

beforeEach(() => {
  driver = new Driver();
  session = driver.openSession(false);
});

function make(path: string, acl: readonly Acl[], by = ann): void {
  expect(driver.apply({ ...create(path), acl }, { session, as: by }).error).toBe(0);
}

function setAcl(path: string, acl: readonly Acl[], version = -1): UnguardedWrite {
  return { op: OpCode.setACL, path, acl, version };
}

describe('each operation takes its own right', () => {
  const writes: [what: string, permission: number, at: string, write: UnguardedWrite][] = [
    ['create', Permission.create, '/p', create('/p/n')],
    ['create a sequential node', Permission.create, '/p', create('/p/n-', '', 2)],
    [
      'create a container',
      Permission.create,
      '/p',
      { op: OpCode.createContainer, path: '/p/n', data: null, acl: OPEN_ACL, flags: 4 },
    ],
    ['delete', Permission.delete, '/p', remove('/p/c')],
    ['setData', Permission.write, '/p', setData('/p', 'x')],
    ['setACL', Permission.admin, '/p', setAcl('/p', granting(Permission.all))],
    ['lineJoin', Permission.create, '/p', join('/p', 'a-lock-')],
    ['lineJoin below what is not there yet', Permission.create, '/p', join('/p/q/r', 'a-lock-')],
    ['lineLeave', Permission.delete, '/line', leave('/line', 'b-lock-')],
    ['barrierEnter', Permission.create, '/p', enter('/p', 'me', 2)],
    ['barrierLeave', Permission.delete, '/barrier', depart('/barrier', 'bob')],
  ];
  test.each(writes)('%s', (_, permission, at, write) => {
    make('/p', anns);
    make('/p/c', anns);
    make('/line', OPEN_ACL);
    make('/barrier', OPEN_ACL);
    const from: From = { session, as: bob };
    driver.apply(join('/line', 'b-lock-'), from);
    driver.apply(enter('/barrier', 'bob', 5), from);

    driver.apply(setAcl(at, granting(Permission.all & ~permission)), { session, as: SUPER_CREDENTIALS });
    const digest = driver.stat(at);
    expect(driver.apply(write, from)).toMatchObject({ error: ErrorNumber.NO_AUTH, changes: [] });
    expect(driver.stat(at)).toEqual(digest);

    driver.apply(setAcl(at, granting(permission)), { session, as: SUPER_CREDENTIALS });
    expect(driver.apply(write, from).error).toBe(0);
  });

  test('guarded: to read the line, whatever the write itself takes', () => {
    make('/line', OPEN_ACL);
    const { zxid: token } = driver.apply(join('/line', 'b-lock-'), { session, as: bob });
    const attempt = (as: Credentials, guess: number) =>
      driver.apply({ op: OpCode.guarded, path: '/line', token: guess, write: create('/n') }, { session, as });
    driver.apply(setAcl('/line', granting(Permission.all & ~Permission.read)), { as: ann });
    for (const guess of [token, token + 1]) {
      expect(attempt(bob, guess)).toMatchObject({ error: ErrorNumber.NO_AUTH, changes: [] });
    }
    expect(attempt(ann, token + 1).error).toBe(ErrorNumber.GRANT_OVER);
    driver.apply(setAcl('/line', granting(Permission.read)), { as: ann });
    expect(attempt(bob, token + 1).error).toBe(ErrorNumber.GRANT_OVER);
    expect(attempt(bob, token).error).toBe(0);
  });

  test('to open a round, even by a participant that was inside before', () => {
    make('/barrier', OPEN_ACL);
    const from: From = { session, as: bob };
    driver.apply(enter('/barrier', 'bob', 5), from);
    driver.apply(setAcl('/barrier', granting(Permission.read)), { session, as: SUPER_CREDENTIALS });
    expect(driver.apply(enter('/barrier', 'bob', 1), from)).toMatchObject({
      error: ErrorNumber.NO_AUTH,
      changes: [],
    });
    driver.apply(setAcl('/barrier', granting(Permission.create)), { session, as: SUPER_CREDENTIALS });
    expect(driver.apply(enter('/barrier', 'bob', 1), from).error).toBe(0);
  });

  const reads: [what: string, permissions: number, request: ReadRequest][] = [
    ['exists', Permission.read, { op: OpCode.exists, path: '/p', watch: false }],
    ['getData', Permission.read, { op: OpCode.getData, path: '/p', watch: false }],
    ['getChildren', Permission.read, { op: OpCode.getChildren, path: '/p', watch: false }],
    ['getChildren2', Permission.read, { op: OpCode.getChildren2, path: '/p', watch: false }],
    [
      'listChildren',
      Permission.read,
      { op: OpCode.listChildren, path: '/p', after: '', limit: 9, watch: false },
    ],
    ['getAllChildrenNumber', Permission.read, { op: OpCode.getAllChildrenNumber, path: '/p' }],
    ['getACL', Permission.read | Permission.admin, { op: OpCode.getACL, path: '/p' }],
    ['lineHolder', Permission.read, { op: OpCode.lineHolder, path: '/p', watch: false }],
    ['lineStatus', Permission.read, { op: OpCode.lineStatus, path: '/p', prefix: 'a-lock-' }],
  ];
  test.each(reads)('%s', (_, permissions, request) => {
    make('/p', granting(Permission.all & ~permissions));
    expect(driver.read(request, session, bob)).toBe(ErrorNumber.NO_AUTH);
    expect(driver.read(request, session, SUPER_CREDENTIALS)).toMatchObject({ op: request.op });
    for (const each of [Permission.read, Permission.admin].filter((one) => (permissions & one) !== 0)) {
      driver.apply(setAcl('/p', granting(each)), { as: ann });
      expect(driver.read(request, session, bob)).toMatchObject({ op: request.op });
    }
  });

  test('to read a holder with data that is not readable', () => {
    make('/l', OPEN_ACL);
    make('/l/a-lock-0000000000', anns);
    const request = { op: OpCode.lineHolder, path: '/l', watch: false } as const;
    expect(driver.read(request, session, bob)).toBe(ErrorNumber.NO_AUTH);
    expect(driver.read(request, session, ann)).toMatchObject({ node: '/l/a-lock-0000000000' });
  });

  test('a client may see its own ephemeral nodes whatever their ACLs', () => {
    driver.apply({ ...create('/e', '', 1), acl: anns }, { session, as: ann });
    const request = { op: OpCode.getEphemerals, path: '' } as const;
    expect(driver.read(request, session, bob)).toEqual({ op: request.op, ephemerals: ['/e'] });
  });
});

describe('multi', () => {
  test('sees the list that an operation before it made', () => {
    make('/p', OPEN_ACL);
    const operations = [{ ...create('/p/mine'), acl: anns }, create('/p/mine/child')];
    const { response } = driver.apply({ op: OpCode.multi, operations }, { session, as: bob });
    expect(response).toEqual({
      op: OpCode.multi,
      results: [0, ErrorNumber.NO_AUTH].map((error) => ({ op: OpCode.error, error })),
    });
    expect(driver.children('/p')).toEqual([]);
    expect(driver.apply({ op: OpCode.multi, operations }, { session, as: ann }).response).toMatchObject({
      results: [{ path: '/p/mine' }, { path: '/p/mine/child' }],
    });
  });

  test('a check takes the right to read', () => {
    make('/p', granting(Permission.all & ~Permission.read));
    const operations = [{ op: OpCode.check, path: '/p', version: -1 } as const];
    expect(driver.apply({ op: OpCode.multi, operations }, { session, as: bob }).response).toEqual({
      op: OpCode.multi,
      results: [{ op: OpCode.error, error: ErrorNumber.NO_AUTH }],
    });
  });
});

describe('setACL', () => {
  test('counts the versions of the list, fires no watch and moves no zxid', () => {
    make('/p', OPEN_ACL);
    const before = driver.stat('/p');
    const applied = driver.apply(setAcl('/p', anns, 0), { session });
    expect(applied).toMatchObject({
      error: 0,
      changes: [],
      response: { op: OpCode.setACL, stat: { ...before, aversion: 1 } },
    });
    expect(driver.apply(setAcl('/p', anns, 0), { session, as: ann }).error).toBe(ErrorNumber.BAD_VERSION);
    expect(driver.apply(setAcl('/p', OPEN_ACL, 1), { session, as: ann }).error).toBe(0);
  });

  test.each<[string, UnguardedWrite, number]>([
    ['a path that is none', setAcl('p', []), ErrorNumber.BAD_ARGUMENTS],
    ['an invalid list for nothing', setAcl('/none', []), ErrorNumber.INVALID_ACL],
    ['a list for nothing', setAcl('/none', OPEN_ACL), ErrorNumber.NO_NODE],
    ['no right and another version', setAcl('/p', OPEN_ACL, 7), ErrorNumber.NO_AUTH],
    ['the configuration', setAcl('/zookeeper/config', OPEN_ACL), ErrorNumber.NO_AUTH],
  ])('%s', (_, write, error) => {
    make('/p', anns);
    expect(driver.apply(write, { session, as: bob })).toMatchObject({ error, response: undefined });
  });

  test('shows hashes only to a client that may change the ACL', () => {
    make('/p', [...granting(Permission.read), { permissions: 1, scheme: 'ip', id: '10.0.0.0/8' }]);
    const read = (credentials: Credentials) =>
      driver.read({ op: OpCode.getACL, path: '/p' }, session, credentials);
    expect(read(ann)).toMatchObject({ acl: [{ id: 'bob:y=' }, { id: 'ann:x=' }, { id: '10.0.0.0/8' }] });
    expect(read(bob)).toMatchObject({ acl: [{ id: 'bob:x' }, { id: 'ann:x' }, { id: '10.0.0.0/8' }] });
    expect(read({ address: parseAddress('11.0.0.1'), identities: [] })).toBe(ErrorNumber.NO_AUTH);
  });
});

test('auth stands for the identities of the client that creates the node', () => {
  make('/p', [{ permissions: Permission.read, scheme: 'auth', id: '' }], bob);
  expect(driver.read({ op: OpCode.getACL, path: '/p' }, 0, SUPER_CREDENTIALS)).toMatchObject({
    acl: [{ permissions: Permission.read, scheme: 'digest', id: 'bob:y=' }],
  });
  const refused = driver.apply(
    { ...create('/q'), acl: [{ permissions: 1, scheme: 'auth', id: '' }] },
    { session, as: NO_CREDENTIALS },
  );
  expect(refused.error).toBe(ErrorNumber.INVALID_ACL);
});

test('a change carries the ACL that decides on its events: that of the node when it was removed', () => {
  make('/p', OPEN_ACL);
  make('/p/secret', anns);
  const { changes } = driver.apply(remove('/p/secret'), { session, as: bob });
  expect(changes.map(({ type, acl }) => [type, acl.permits(Permission.read, bob)])).toEqual([
    [EventType.nodeDeleted, false],
    [EventType.nodeChildrenChanged, true],
  ]);
});

test('lists and their versions outlive a checkpoint', () => {
  make('/p', OPEN_ACL);
  driver.apply(setAcl('/p', granting(Permission.read)), { session, as: ann });
  make('/q', granting(Permission.read));
  const tree = new Tree();
  tree.loadRows(takeCheckpoint(driver.tree));
  tree.finishLoading(driver.tree.lastZxid);
  expect(tree.digest()).toBe(driver.tree.digest());
  const asker = { sessionId: 0, credentials: bob };
  for (const path of ['/p', '/q']) {
    expect(tree.read({ op: OpCode.getACL, path }, asker)).toEqual(
      driver.tree.read({ op: OpCode.getACL, path }, asker),
    );
  }
});
