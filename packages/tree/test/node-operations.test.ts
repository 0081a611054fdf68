import {
  CreateFlag,
  ErrorNumber,
  EventType,
  InvariantError,
  OPEN_ACL,
  OpCode,
  type UnguardedWrite,
} from '@conclave/protocol';
import { NO_CREDENTIALS } from '@conclave/tree';
import { beforeEach, describe, expect, test } from 'vitest';
import { bytes, create, Driver, remove, seer, setData, timeOf, zxidOf } from './driver.ts';

let driver: Driver;
let session: number;

beforeEach(() => {
  driver = new Driver();
  session = driver.openSession();
  driver.apply(create('/a'));
  driver.apply(create('/a/x', 'x'));
  driver.apply(create('/e', '', CreateFlag.ephemeral), { session });
});

describe('refused, and nothing changes', () => {
  const cases: [why: string, write: UnguardedWrite, error: number][] = [
    ['create twice', create('/a'), ErrorNumber.NODE_EXISTS],
    ['create the root', create('/'), ErrorNumber.NODE_EXISTS],
    ['create below nothing', create('/none/x'), ErrorNumber.NO_NODE],
    ['create a sequential node below nothing', create('/none/x-', '', 2), ErrorNumber.NO_NODE],
    ['create below an ephemeral', create('/e/x'), ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS],
    ['create with a relative path', create('a'), ErrorNumber.BAD_ARGUMENTS],
    ['create with no path', create(''), ErrorNumber.BAD_ARGUMENTS],
    ['create with a slash at the end', create('/a/'), ErrorNumber.BAD_ARGUMENTS],
    ['create with an empty name', create('//b'), ErrorNumber.BAD_ARGUMENTS],
    ['create below an empty name', create('/a//b'), ErrorNumber.NO_NODE],
    ['create ".."', create('/a/..'), ErrorNumber.BAD_ARGUMENTS],
    ['create a control character', create('/a/\u0001'), ErrorNumber.BAD_ARGUMENTS],
    ['create NUL', create('/none\0/x'), ErrorNumber.BAD_ARGUMENTS],
    ['create with an unknown flag', create('/n', '', 7), ErrorNumber.BAD_ARGUMENTS],
    ['create with a negative flag', create('/n', '', -1), ErrorNumber.BAD_ARGUMENTS],
    ['create with the flag of a time to live', create('/n', '', 5), ErrorNumber.BAD_ARGUMENTS],
    ['create without an ACL', { ...create('/n'), acl: [] }, ErrorNumber.INVALID_ACL],
    [
      'create for an unknown identity',
      { ...create('/n'), acl: [{ permissions: 31, scheme: 'auth', id: '' }] },
      ErrorNumber.INVALID_ACL,
    ],
    ['create below the configuration', create('/zookeeper/config/x'), ErrorNumber.NO_AUTH],
    ['delete nothing', remove('/none'), ErrorNumber.NO_NODE],
    ['delete below nothing', remove('/none/x'), ErrorNumber.NO_NODE],
    ['delete a node with children', remove('/a'), ErrorNumber.NOT_EMPTY],
    ['delete another version', remove('/a/x', 3), ErrorNumber.BAD_VERSION],
    ['delete another version of a node with children', remove('/a', 3), ErrorNumber.BAD_VERSION],
    ['delete the root', remove('/'), ErrorNumber.BAD_ARGUMENTS],
    ['delete /zookeeper', remove('/zookeeper'), ErrorNumber.BAD_ARGUMENTS],
    ['delete /zookeeper/config', remove('/zookeeper/config'), ErrorNumber.BAD_ARGUMENTS],
    ['delete with a relative path', remove('a'), ErrorNumber.BAD_ARGUMENTS],
    ['delete with a slash at the end', remove('/a/'), ErrorNumber.NO_NODE],
    ['set nothing', setData('/none', ''), ErrorNumber.NO_NODE],
    ['set another version', setData('/a', '', 1), ErrorNumber.BAD_VERSION],
    ['set with a slash at the end', setData('/a/', ''), ErrorNumber.BAD_ARGUMENTS],
    ['set the configuration', setData('/zookeeper/config', ''), ErrorNumber.NO_AUTH],
  ];
  test.each(cases)('%s', (_, write, error) => {
    const before = [driver.stat('/'), driver.stat('/a'), driver.children('/'), driver.tree.nodeCount];
    const applied = driver.apply(write, { session });
    expect(applied).toMatchObject({ error, response: undefined, changes: [], grants: [] });
    expect([driver.stat('/'), driver.stat('/a'), driver.children('/'), driver.tree.nodeCount]).toEqual(
      before,
    );
    expect(driver.tree.lastZxid).toBe(applied.zxid);
  });
});

test('the root before the first transaction', () => {
  const { tree } = new Driver();
  const zero = {
    czxid: 0,
    mzxid: 0,
    ctime: 0,
    mtime: 0,
    version: 0,
    aversion: 0,
    ephemeralOwner: 0,
    pzxid: 0,
  };
  const stat = (path: string) => tree.read({ op: OpCode.exists, path, watch: false }, seer).response;
  expect(stat('/')).toEqual({
    op: OpCode.exists,
    stat: { ...zero, cversion: -1, dataLength: 0, numChildren: 1 },
  });
  expect(stat('/zookeeper')).toMatchObject({ stat: { cversion: -2, numChildren: 2 } });
  expect(stat('/zookeeper/config')).toMatchObject({ stat: { aversion: -1, numChildren: 0 } });
  expect(stat('/zookeeper/quota')).toMatchObject({ stat: { aversion: 0, numChildren: 0 } });
});

describe('create', () => {
  test('sets the stat of the node and of its parent', () => {
    const before = driver.stat('/a');
    const { zxid, response, changes } = driver.apply({ ...create('/a/y', 'hello'), op: OpCode.create2 });
    const time = timeOf(5);
    expect(response).toEqual({
      op: OpCode.create2,
      path: '/a/y',
      stat: {
        czxid: zxid,
        mzxid: zxid,
        pzxid: zxid,
        ctime: time,
        mtime: time,
        version: 0,
        cversion: 0,
        aversion: 0,
        ephemeralOwner: 0,
        dataLength: 5,
        numChildren: 0,
      },
    });
    expect(driver.stat('/a')).toEqual({ ...before, cversion: 2, numChildren: 2, pzxid: zxid });
    expect(changes).toMatchObject([
      { type: EventType.nodeCreated, path: '/a/y' },
      { type: EventType.nodeChildrenChanged, path: '/a' },
    ]);
  });

  test('an ephemeral node has its session', () => {
    expect(driver.stat('/e')?.ephemeralOwner).toBe(session);
    expect(driver.tree.session(session)?.ephemeralCount).toBe(1);
  });

  test('null data stays null, and empty data empty', () => {
    driver.apply(create('/null', null));
    driver.apply(create('/empty', ''));
    expect(driver.read({ op: OpCode.getData, path: '/null', watch: false })).toMatchObject({ data: null });
    expect(driver.read({ op: OpCode.getData, path: '/empty', watch: false })).toMatchObject({
      data: bytes(''),
    });
    expect(driver.stat('/null')?.dataLength).toBe(0);
  });

  test('an ephemeral needs a session', () => {
    expect(driver.apply(create('/n', '', CreateFlag.ephemeral)).error).toBe(ErrorNumber.SESSION_EXPIRED);
  });

  test('a list of rights for everybody is honoured', () => {
    const acl = [{ permissions: 1, scheme: 'world', id: 'anyone' }];
    expect(driver.apply({ ...create('/r'), acl: [...acl, ...acl] }).error).toBe(ErrorNumber.OK);
    expect(driver.apply(setData('/r', 'x')).error).toBe(ErrorNumber.NO_AUTH);
    expect(driver.apply(create('/r/x')).error).toBe(ErrorNumber.NO_AUTH);
    expect(driver.apply(remove('/r')).error).toBe(ErrorNumber.OK);
    expect(
      driver.apply({ ...create('/w'), acl: [{ permissions: 2, scheme: 'world', id: 'anyone' }] }).error,
    ).toBe(0);
    expect(driver.read({ op: OpCode.getData, path: '/w', watch: false })).toBe(ErrorNumber.NO_AUTH);
  });
});

describe('sequential nodes', () => {
  test('count what was ever created below their parent, not what was deleted', () => {
    driver.apply(create('/s'));
    driver.apply(create('/s/plain'));
    driver.apply(remove('/s/plain'));
    const names = ['/s/n-', '/s/', '/s/m-'].map((path) => driver.apply(create(path, '', 2)).response);
    expect(names).toEqual([
      { op: OpCode.create, path: '/s/n-0000000001' },
      { op: OpCode.create, path: '/s/0000000002' },
      { op: OpCode.create, path: '/s/m-0000000003' },
    ]);
    expect(driver.stat('/s')).toMatchObject({ cversion: 5, numChildren: 3 });
  });

  test('a name that is taken already is refused', () => {
    driver.apply(create('/s'));
    driver.apply(create('/s/n-0000000001'));
    expect(driver.apply(create('/s/n-', '', 2)).error).toBe(ErrorNumber.NODE_EXISTS);
  });
});

describe('delete', () => {
  test('counts as a change of the parent', () => {
    const { zxid, response, changes } = driver.apply(remove('/a/x', 0));
    expect(response).toEqual({ op: OpCode.delete });
    expect(driver.stat('/a')).toMatchObject({ cversion: 2, numChildren: 0, pzxid: zxid });
    expect(changes).toMatchObject([
      { type: EventType.nodeDeleted, path: '/a/x' },
      { type: EventType.nodeChildrenChanged, path: '/a' },
    ]);
  });

  test('takes an ephemeral from its session, also when another client deletes it', () => {
    driver.apply(remove('/e'), { session: driver.openSession() });
    expect(driver.tree.session(session)?.ephemeralCount).toBe(0);
    expect(driver.closeSession(session).changes).toEqual([]);
  });
});

test('setData changes the data, its version and its times', () => {
  const before = driver.stat('/a/x');
  const { zxid, response, changes } = driver.apply(setData('/a/x', 'longer', 0));
  const stat = { ...before, mzxid: zxid, mtime: timeOf(5), version: 1, dataLength: 6 };
  expect(response).toEqual({ op: OpCode.setData, stat });
  expect(changes).toMatchObject([{ type: EventType.nodeDataChanged, path: '/a/x' }]);
  expect(driver.read({ op: OpCode.getData, path: '/a/x', watch: false })).toEqual({
    op: OpCode.getData,
    data: bytes('longer'),
    stat,
  });
});

test('what was read stays as it was read', () => {
  const read = driver.read({ op: OpCode.getData, path: '/a/x', watch: false });
  driver.apply(setData('/a/x', 'y'));
  expect(read).toMatchObject({ data: bytes('x'), stat: { version: 0 } });
});

test('however often one request asks for a large node, no more is gathered than a frame can hold', () => {
  driver.apply({ ...create('/large'), data: new Uint8Array(1024 * 1024) });
  const read = { op: OpCode.getData, path: '/large', watch: false } as const;
  const readMany = (count: number) =>
    driver.read({ op: OpCode.multiRead, operations: new Array(count).fill(read) });
  expect(readMany(15)).toMatchObject({ op: OpCode.multiRead });
  expect(readMany(16)).toBe(ErrorNumber.ANSWER_TOO_LARGE);
});

test('the root can hold data', () => {
  expect(driver.apply(setData('/', 'x')).error).toBe(ErrorNumber.OK);
  expect(driver.stat('/')?.version).toBe(1);
});

test('the size of the tree follows its changes', () => {
  const { nodeCount, dataBytes } = driver.tree;
  driver.apply(create('/n', '12345'));
  driver.apply(setData('/n', '123'));
  expect(driver.tree).toMatchObject({ nodeCount: nodeCount + 1, dataBytes: dataBytes + 5 });
  driver.apply(remove('/n'));
  expect(driver.tree).toMatchObject({ nodeCount, dataBytes });
});

test('a transaction out of order is an error of the caller', () => {
  const command = { op: OpCode.create, path: '/n', data: null, acl: OPEN_ACL, flags: 0 } as const;
  const from = { time: 1, origin: 1, sessionId: 0, xid: 0, confirmed: 0, native: false };
  const txn = { ...from, credentials: NO_CREDENTIALS, quotasEnforced: true, command };
  expect(() => driver.tree.apply({ ...txn, zxid: zxidOf(2) })).toThrow(InvariantError);
});

test.each([
  ['exists', OpCode.exists],
  ['getData', OpCode.getData],
  ['getChildren', OpCode.getChildren],
  ['getChildren2', OpCode.getChildren2],
] as const)('%s of nothing', (_, op) => {
  expect(driver.read({ op, path: '/none', watch: false })).toBe(ErrorNumber.NO_NODE);
  const refusal = op === OpCode.exists ? ErrorNumber.BAD_ARGUMENTS : ErrorNumber.NO_NODE;
  expect(driver.read({ op, path: '/\0', watch: false })).toBe(refusal);
});
