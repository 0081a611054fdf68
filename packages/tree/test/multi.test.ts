import { CreateFlag, ErrorNumber, type MultiOperation, OpCode } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, type From, remove, setData } from './driver.ts';

let driver: Driver;

beforeEach(() => {
  driver = new Driver();
  driver.apply(create('/a', 'a'));
});

function multi(operations: MultiOperation[], from: From = {}) {
  return driver.apply({ op: OpCode.multi, operations }, from);
}

function check(path: string, version = -1): MultiOperation {
  return { op: OpCode.check, path, version };
}

test('an empty multi is done', () => {
  expect(multi([])).toMatchObject({ error: 0, response: { op: OpCode.multi, results: [] }, changes: [] });
});

test('each operation sees those before it, all at one zxid', () => {
  const session = driver.openSession();
  const { zxid, response } = multi(
    [
      check('/a', 0),
      create('/b', 'b'),
      { ...create('/b/s-', '', CreateFlag.ephemeralSequential), op: OpCode.create2 },
      create('/b/s-', '', CreateFlag.persistentSequential),
      setData('/b', 'bb', 0),
      check('/b', 1),
      remove('/a', 0),
    ],
    { session },
  );
  expect(response).toMatchObject({
    results: [
      { op: OpCode.check },
      { op: OpCode.create, path: '/b' },
      { op: OpCode.create2, path: '/b/s-0000000000', stat: { czxid: zxid, ephemeralOwner: session } },
      { op: OpCode.create, path: '/b/s-0000000001' },
      { op: OpCode.setData, stat: { version: 1, cversion: 2, numChildren: 2, mzxid: zxid } },
      { op: OpCode.check },
      { op: OpCode.delete },
    ],
  });
  expect(driver.children('/')).toEqual(['b', 'zookeeper']);
});

test('a node can be made and deleted by the same multi, and made again', () => {
  expect(multi([create('/n'), remove('/n'), create('/n', 'again')])).toMatchObject({ error: 0 });
  expect(driver.stat('/n')).toMatchObject({ version: 0, dataLength: 5 });
  expect(driver.stat('/')).toMatchObject({ numChildren: 3, cversion: 3 });
});

describe('all or nothing', () => {
  const cases: [why: string, operation: MultiOperation, error: number][] = [
    ['a check that fails', check('/n', 5), ErrorNumber.BAD_VERSION],
    ['a check of nothing', check('/none'), ErrorNumber.NO_NODE],
    ['a check of no path', check('none'), ErrorNumber.BAD_ARGUMENTS],
    ['a node that an operation before made', create('/n'), ErrorNumber.NODE_EXISTS],
    ['a node that an operation before deleted', setData('/a', ''), ErrorNumber.NO_NODE],
    [
      'a child of an ephemeral that an operation before made',
      create('/e/x'),
      ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS,
    ],
    ['a node that got a child before', remove('/n'), ErrorNumber.NOT_EMPTY],
    ['a version that is over', setData('/n', '', 0), ErrorNumber.BAD_VERSION],
    ['a right that an operation before did not give', create('/r/x'), ErrorNumber.NO_AUTH],
  ];
  test.each(cases)('%s', (_, operation, error) => {
    const session = driver.openSession();
    const before = driver.tree.digest();
    const readOnly = [{ permissions: 1, scheme: 'world', id: 'anyone' }];
    const first = [
      create('/n'),
      create('/n/x'),
      setData('/n', 'x'),
      remove('/a'),
      create('/e', '', CreateFlag.ephemeral),
      { ...create('/r'), acl: readOnly },
    ];
    const {
      error: whole,
      response,
      changes,
    } = multi([...first, operation, create('/z'), remove('/z')], { session });
    expect(whole).toBe(ErrorNumber.OK);
    const zeros = first.map(() => ({ op: OpCode.error, error: ErrorNumber.OK }));
    const after = { op: OpCode.error, error: ErrorNumber.RUNTIME_INCONSISTENCY };
    expect(response).toEqual({
      op: OpCode.multi,
      results: [...zeros, { op: OpCode.error, error }, after, after],
    });
    expect(changes).toEqual([]);
    expect(driver.children('/')).toEqual(['a', 'zookeeper']);
    expect(driver.tree.session(session)?.ephemeralCount).toBe(0);

    // The digest is of the state and the zxid: a multi that fails does to it what any refused request does.
    const twin = new Driver();
    twin.apply(create('/a', 'a'));
    twin.openSession();
    expect(twin.tree.digest()).toBe(before);
    twin.apply(remove('/none'));
    expect(driver.tree.digest()).toBe(twin.tree.digest());
  });
});
