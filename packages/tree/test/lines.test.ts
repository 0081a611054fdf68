import { CreateFlag, ErrorNumber, EventType, OpCode, type UnguardedWrite } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, join, leave, remove, setData } from './driver.ts';

const PATH = '/locks/billing';
let driver: Driver;
let one: number;
let two: number;
let three: number;

beforeEach(() => {
  driver = new Driver();
  one = driver.openSession();
  two = driver.openSession();
  three = driver.openSession();
});

function holder() {
  return driver.read({ op: OpCode.lineHolder, path: PATH, watch: false });
}

function status(session: number, prefix: string) {
  return driver.read({ op: OpCode.lineStatus, path: PATH, prefix }, session);
}

function holderChanges(changes: readonly { readonly type: number; readonly path: string }[]) {
  return changes.filter(({ type }) => type === EventType.holderChanged);
}

describe('joining', () => {
  test('an empty line grants at once, and makes what is missing of its path', () => {
    const { zxid, response, grants, changes } = driver.apply(join(PATH, 'a-lock-'), { session: one });
    const node = `${PATH}/a-lock-0000000000`;
    expect(response).toEqual({ op: OpCode.lineJoin, granted: true, node, token: zxid, position: 0 });
    expect(grants).toEqual([]);
    expect(holderChanges(changes)).toMatchObject([{ type: EventType.holderChanged, path: PATH }]);
    expect(driver.stat(node)).toMatchObject({ ephemeralOwner: one, czxid: zxid });
    expect(driver.stat(PATH)).toMatchObject({ ephemeralOwner: 0, numChildren: 1 });
    expect(holder()).toEqual({ op: OpCode.lineHolder, node, token: zxid, session: BigInt(one), data: null });
  });

  test('a line with a holder makes one wait', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    driver.apply(join(PATH, 'b-lock-'), { session: two });
    const { zxid, response, grants, changes } = driver.apply(join(PATH, 'c-lock-'), { session: three });
    const node = `${PATH}/c-lock-0000000002`;
    expect(response).toEqual({ op: OpCode.lineJoin, granted: false, node, token: zxid, position: 2 });
    expect(grants).toEqual([]);
    expect(holderChanges(changes)).toEqual([]);
    expect(status(three, 'c-lock-')).toEqual({ ...response, op: OpCode.lineStatus });
  });

  test('a contender that does not wait leaves no trace', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    const before = driver.stat(PATH);
    const { response, changes } = driver.apply(join(PATH, 'b-lock-', false), { session: two });
    expect(response).toEqual({ op: OpCode.lineJoin, granted: false, node: '', token: 0, position: 1 });
    expect(changes).toEqual([]);
    expect(driver.stat(PATH)).toEqual(before);
    driver.apply(leave(PATH, 'a-lock-'), { session: one });
    expect(driver.apply(join(PATH, 'b-lock-', false), { session: two }).response).toMatchObject({
      granted: true,
    });
  });

  test('joining twice is standing once', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    const { response } = driver.apply(join(PATH, 'b-lock-'), { session: two });
    const again = driver.apply(join(PATH, 'b-lock-', false), { session: two });
    expect(again.response).toEqual(response);
    expect(again.changes).toEqual([]);
    expect(driver.children(PATH)).toHaveLength(2);
  });

  test('a session can stand in line more than once, and two sessions under one prefix', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    expect(driver.apply(join(PATH, 'b-lock-'), { session: one }).response).toMatchObject({ position: 1 });
    expect(driver.apply(join(PATH, 'a-lock-'), { session: two }).response).toMatchObject({ position: 2 });
  });

  const refused: [why: string, write: UnguardedWrite, error: number][] = [
    ['a prefix that is no contender', join(PATH, 'a-'), ErrorNumber.BAD_ARGUMENTS],
    ['a prefix with a slash', join(PATH, 'a/b-lock-'), ErrorNumber.BAD_ARGUMENTS],
    ['a prefix with a control character', join(PATH, '\u0001-lock-'), ErrorNumber.BAD_ARGUMENTS],
    ['a relative path', join('locks', 'a-lock-'), ErrorNumber.BAD_ARGUMENTS],
    ['a path far too deep', join('/d'.repeat(100), 'a-lock-'), ErrorNumber.BAD_ARGUMENTS],
    ['a line below an ephemeral', join('/e/l', 'a-lock-'), ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS],
    ['a line below the configuration', join('/zookeeper/config', 'a-lock-'), ErrorNumber.NO_AUTH],
    ['a node that has the name', join('/taken', 'a-lock-'), ErrorNumber.NODE_EXISTS],
  ];
  test.each(refused)('refused: %s', (_, write, error) => {
    driver.apply(create('/e', '', CreateFlag.ephemeral), { session: two });
    driver.apply(create('/taken'));
    driver.apply(create('/taken/a-lock-0000000001'));
    const { nodeCount } = driver.tree;
    expect(driver.apply(write, { session: one })).toMatchObject({ error, changes: [], grants: [] });
    expect(driver.tree.nodeCount).toBe(nodeCount);
  });

  test('needs a session', () => {
    expect(driver.apply(join(PATH, 'a-lock-')).error).toBe(ErrorNumber.SESSION_EXPIRED);
  });
});

describe('leaving', () => {
  test('hands over to the next, which gets one grant', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    const { zxid: token } = driver.apply(join(PATH, 'b-lock-'), { session: two });
    driver.apply(join(PATH, 'c-lock-'), { session: three });
    const { response, grants, changes } = driver.apply(leave(PATH, 'a-lock-'), { session: one });
    expect(response).toEqual({ op: OpCode.lineLeave });
    expect(grants).toEqual([{ sessionId: two, node: `${PATH}/b-lock-0000000001`, path: PATH, token }]);
    expect(holderChanges(changes)).toHaveLength(1);
    expect(status(two, 'b-lock-')).toMatchObject({ granted: true, position: 0 });
    expect(status(three, 'c-lock-')).toMatchObject({ granted: false, position: 1 });
  });

  test('from the middle changes nothing for the head', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    driver.apply(join(PATH, 'b-lock-'), { session: two });
    driver.apply(join(PATH, 'c-lock-'), { session: three });
    const { grants, changes } = driver.apply(leave(PATH, 'b-lock-'), { session: two });
    expect(grants).toEqual([]);
    expect(holderChanges(changes)).toEqual([]);
    expect(status(three, 'c-lock-')).toMatchObject({ position: 1 });
  });

  test('twice is not an error, and no session can leave for another', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    expect(driver.apply(leave(PATH, 'a-lock-'), { session: two })).toMatchObject({ error: 0, changes: [] });
    driver.apply(leave(PATH, 'a-lock-'), { session: one });
    expect(driver.apply(leave(PATH, 'a-lock-'), { session: one })).toMatchObject({ error: 0, changes: [] });
    expect(driver.apply(leave('/never', 'a-lock-'), { session: one }).error).toBe(0);
    expect(driver.apply(leave('never', 'a-lock-'), { session: one }).error).toBe(ErrorNumber.BAD_ARGUMENTS);
  });

  test('the last one leaves an empty line', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    const { changes, grants } = driver.apply(leave(PATH, 'a-lock-'), { session: one });
    expect(holderChanges(changes)).toHaveLength(1);
    expect(grants).toEqual([]);
    expect(holder()).toEqual({ op: OpCode.lineHolder, node: '', token: 0, session: 0n, data: null });
  });

  const departures: [how: string, command: UnguardedWrite][] = [
    ['an old client deletes the node', remove(`${PATH}/a-lock-0000000000`)],
    [
      'a multi deletes it',
      { op: OpCode.multi, operations: [setData('/', ''), remove(`${PATH}/a-lock-0000000000`)] },
    ],
  ];
  test.each(departures)('%s', (_, command) => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    const { zxid: token } = driver.apply(join(PATH, 'b-lock-'), { session: two });
    expect(driver.apply(command).grants).toMatchObject([{ sessionId: two, token }]);
  });

  test('a session that dies takes all its contenders along, and none of them is granted on the way', () => {
    for (const [session, prefix] of [
      [one, 'a-lock-'],
      [one, 'b-lock-'],
      [two, 'c-lock-'],
      [one, 'd-lock-'],
      [three, 'e-lock-'],
    ] as const) {
      driver.apply(join(PATH, prefix), { session });
    }
    const { grants, changes } = driver.closeSession(one);
    expect(grants).toMatchObject([{ sessionId: two }]);
    expect(holderChanges(changes)).toHaveLength(1);
    expect(driver.closeSession(two).grants).toMatchObject([{ sessionId: three }]);
    expect(driver.closeSession(three).grants).toEqual([]);
  });
});

describe('old and new clients exclude one another', () => {
  function raw(session: number, name = '_c_1-lock-') {
    const flags = CreateFlag.ephemeralSequential;
    return driver.apply(create(`${PATH}/${name}`, '', flags), { session });
  }

  test('a new client waits for an old one, and gets a grant when it leaves', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    raw(two);
    driver.apply(join(PATH, 'b-lock-'), { session: one });
    const released = driver.apply(leave(PATH, 'a-lock-'), { session: one });
    expect(released.grants).toEqual([]);
    expect(holderChanges(released.changes)).toHaveLength(1);
    expect(holder()).toMatchObject({ node: `${PATH}/_c_1-lock-0000000001`, session: BigInt(two) });
    expect(driver.closeSession(two).grants).toMatchObject([{ sessionId: one }]);
  });

  test.each(['_c_1-lock-', '_c_1-latch-', '5f__lock__'])('%s stands in line', (name) => {
    driver.apply(create('/locks'));
    driver.apply(create(PATH));
    raw(two, name);
    expect(driver.apply(join(PATH, 'a-lock-'), { session: one }).response).toMatchObject({ granted: false });
  });

  test('a node of another name does not', () => {
    driver.apply(create('/locks'));
    driver.apply(create(PATH));
    raw(two, 'job-');
    expect(driver.apply(join(PATH, 'a-lock-'), { session: one }).response).toMatchObject({ granted: true });
  });

  test('an empty line can be deleted with its parent in one transaction', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: one });
    const operations = [remove(`${PATH}/a-lock-0000000000`), remove(PATH)];
    const { changes, grants } = driver.apply({ op: OpCode.multi, operations });
    expect(holderChanges(changes)).toHaveLength(1);
    expect(grants).toEqual([]);
    expect(driver.apply(join(PATH, 'a-lock-'), { session: two }).response).toMatchObject({ granted: true });
  });
});

describe('guarded writes', () => {
  function guarded(token: number, write: UnguardedWrite, path = PATH) {
    return driver.apply({ op: OpCode.guarded, path, token, write }, { session: one });
  }

  test('are done as long as the grant holds', () => {
    const { zxid: token } = driver.apply(join(PATH, 'a-lock-'), { session: one });
    expect(guarded(token, create('/n'))).toMatchObject({
      error: 0,
      response: { op: OpCode.create, path: '/n' },
    });
    expect(guarded(token, create('/n')).error).toBe(ErrorNumber.NODE_EXISTS);
    driver.apply(leave(PATH, 'a-lock-'), { session: one });
    expect(guarded(token, setData('/n', 'late'))).toMatchObject({
      error: ErrorNumber.GRANT_OVER,
      changes: [],
    });
    expect(driver.stat('/n')?.version).toBe(0);
  });

  test('are refused to a contender that still waits, and on another path', () => {
    driver.apply(join(PATH, 'a-lock-'), { session: two });
    const { zxid: token } = driver.apply(join(PATH, 'b-lock-'), { session: one });
    expect(guarded(token, create('/n')).error).toBe(ErrorNumber.GRANT_OVER);
    driver.apply(leave(PATH, 'a-lock-'), { session: two });
    expect(guarded(token, create('/n')).error).toBe(ErrorNumber.OK);
    expect(guarded(token, create('/m'), '/other').error).toBe(ErrorNumber.GRANT_OVER);
  });

  test('can be a multi, and can give the grant back', () => {
    const { zxid: token } = driver.apply(join(PATH, 'a-lock-'), { session: one });
    const write = { op: OpCode.multi, operations: [create('/n'), create('/n/x')] } as const;
    expect(guarded(token, write).response).toMatchObject({ op: OpCode.multi, results: [{ path: '/n' }, {}] });
    expect(guarded(token, leave(PATH, 'a-lock-')).response).toEqual({ op: OpCode.lineLeave });
    expect(guarded(token, create('/late')).error).toBe(ErrorNumber.GRANT_OVER);
  });

  test('tokens only grow', () => {
    let last = 0;
    for (let i = 0; i < 20; i++) {
      const { response } = driver.apply(join(PATH, 'a-lock-'), { session: i % 2 === 0 ? one : two });
      const token = response?.op === OpCode.lineJoin ? response.token : 0;
      expect(token).toBeGreaterThan(last);
      last = token;
      driver.apply(leave(PATH, 'a-lock-'), { session: i % 2 === 0 ? one : two });
    }
  });
});

test('a holder is unknown of a path that is not there, and of a path that is none', () => {
  expect(holder()).toMatchObject({ node: '' });
  expect(driver.read({ op: OpCode.lineHolder, path: 'x', watch: true })).toBe(ErrorNumber.BAD_ARGUMENTS);
  expect(driver.read({ op: OpCode.lineStatus, path: 'x', prefix: 'a-lock-' })).toBe(
    ErrorNumber.BAD_ARGUMENTS,
  );
  expect(status(one, 'a-lock-')).toMatchObject({ granted: false, node: '', token: 0, position: 0 });
});
