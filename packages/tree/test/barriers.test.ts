import { CreateFlag, ErrorNumber, EventType, OpCode, type UnguardedWrite } from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, depart, enter, remove } from './driver.ts';

const PATH = '/barriers/reindex';
const READY = `${PATH}/ready`;
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

function open(): number {
  driver.apply(enter(PATH, 'a', 2), { session: one });
  return driver.apply(enter(PATH, 'b', 2), { session: two }).zxid;
}

describe('entering', () => {
  test('waits until all have come; the last one opens in the same transaction', () => {
    const first = driver.apply(enter(PATH, 'a', 2), { session: one });
    expect(first.response).toEqual({ op: OpCode.barrierEnter, opened: 0, present: 1 });
    const { zxid, response, changes } = driver.apply(enter(PATH, 'b', 2), { session: two });
    expect(response).toEqual({ op: OpCode.barrierEnter, opened: zxid, present: 2 });
    expect(changes).toContainEqual(expect.objectContaining({ type: EventType.nodeCreated, path: READY }));
    expect(driver.stat(`${PATH}/a`)?.ephemeralOwner).toBe(one);
    expect(driver.stat(READY)).toMatchObject({ ephemeralOwner: 0, czxid: zxid });
  });

  test('a party of one opens alone', () => {
    const { zxid, response } = driver.apply(enter(PATH, 'a', 1), { session: one });
    expect(response).toEqual({ op: OpCode.barrierEnter, opened: zxid, present: 1 });
  });

  test('an open barrier admits no other, and answers those inside that they are', () => {
    const opened = open();
    expect(driver.apply(enter(PATH, 'c', 2), { session: three })).toMatchObject({
      error: ErrorNumber.BARRIER_CLOSED,
      changes: [],
    });
    const again = driver.apply(enter(PATH, 'a', 2), { session: one });
    expect(again).toMatchObject({ response: { opened, present: 2 }, changes: [] });
  });

  test('entering again while waiting counts once', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    const again = driver.apply(enter(PATH, 'a', 2), { session: one });
    expect(again).toMatchObject({ response: { opened: 0, present: 1 }, changes: [] });
  });

  const refused: [why: string, write: UnguardedWrite, error: number][] = [
    ['the name of the ready node', enter(PATH, 'ready', 2), ErrorNumber.BAD_ARGUMENTS],
    ['no name', enter(PATH, '', 2), ErrorNumber.BAD_ARGUMENTS],
    ['a name with a slash', enter(PATH, 'a/b', 2), ErrorNumber.BAD_ARGUMENTS],
    ['no parties', enter(PATH, 'a', 0), ErrorNumber.BAD_ARGUMENTS],
    ['the root', enter('/', 'a', 2), ErrorNumber.BAD_ARGUMENTS],
    ['a relative path', enter('b', 'a', 2), ErrorNumber.BAD_ARGUMENTS],
    ['a name that another session has', enter('/taken', 'a', 2), ErrorNumber.NODE_EXISTS],
    ['a barrier below an ephemeral', enter('/taken/a', 'b', 2), ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS],
    ['leaving under no name', depart(PATH, ''), ErrorNumber.BAD_ARGUMENTS],
  ];
  test.each(refused)('refused: %s', (_, write, error) => {
    driver.apply(enter('/taken', 'a', 2), { session: two });
    const { nodeCount } = driver.tree;
    expect(driver.apply(write, { session: one })).toMatchObject({ error, changes: [] });
    expect(driver.tree.nodeCount).toBe(nodeCount);
  });
});

describe('leaving', () => {
  test('the last one out closes the round in the same transaction', () => {
    const opened = open();
    const first = driver.apply(depart(PATH, 'a'), { session: one });
    expect(first.response).toEqual({ op: OpCode.barrierLeave, opened, remaining: 1 });
    expect(driver.stat(READY)).toBeDefined();
    const { response, changes } = driver.apply(depart(PATH, 'b'), { session: two });
    expect(response).toEqual({ op: OpCode.barrierLeave, opened, remaining: 0 });
    expect(changes).toContainEqual(expect.objectContaining({ type: EventType.nodeDeleted, path: READY }));
    expect(driver.children(PATH)).toEqual([]);
    expect(driver.apply(enter(PATH, 'c', 2), { session: three }).response).toMatchObject({
      opened: 0,
      present: 1,
    });
  });

  test('before it opened is giving up', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    const { response } = driver.apply(depart(PATH, 'a'), { session: one });
    expect(response).toEqual({ op: OpCode.barrierLeave, opened: 0, remaining: 0 });
  });

  test('when not inside is no error', () => {
    const opened = open();
    expect(driver.apply(depart(PATH, 'c'), { session: three })).toMatchObject({
      error: 0,
      response: { opened, remaining: 2 },
      changes: [],
    });
    expect(driver.apply(depart(PATH, 'a'), { session: three }).response).toMatchObject({ remaining: 2 });
    expect(driver.apply(depart('/never', 'a'), { session: one }).response).toMatchObject({ remaining: 0 });
  });
});

describe('participants that die', () => {
  test('leave; the last one out closes the round', () => {
    open();
    driver.closeSession(one);
    expect(driver.children(PATH)).toEqual(['b', 'ready']);
    const { changes } = driver.closeSession(two);
    expect(changes).toContainEqual(expect.objectContaining({ type: EventType.nodeDeleted, path: READY }));
    expect(driver.children(PATH)).toEqual([]);
  });

  test('before the barrier opened are missing again', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    driver.closeSession(one);
    expect(driver.apply(enter(PATH, 'b', 2), { session: two }).response).toMatchObject({
      opened: 0,
      present: 1,
    });
  });

  test('close a round that an old client opened, also when something else of theirs goes last', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    driver.apply(create(READY));
    driver.apply(create(`${PATH}/other`, '', CreateFlag.ephemeral), { session: one });
    driver.closeSession(one);
    expect(driver.children(PATH)).toEqual([]);
  });

  test('a session that is inside twice takes both along', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    driver.apply(enter(PATH, 'b', 2), { session: one });
    driver.closeSession(one);
    expect(driver.children(PATH)).toEqual([]);
  });
});

describe('with clients of the classical way', () => {
  function raw(name: string, session: number) {
    return driver.apply(create(`${PATH}/${name}`, '', CreateFlag.ephemeral), { session });
  }

  test('an old client counts as a party', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    driver.apply(remove(`${PATH}/a`));
    raw('old', two);
    expect(driver.apply(enter(PATH, 'b', 2), { session: one }).response).toMatchObject({ present: 2 });
    expect(driver.stat(READY)).toBeDefined();
  });

  test('an old client that completes the number makes the ready node itself, and may delete it', () => {
    driver.apply(enter(PATH, 'a', 2), { session: one });
    raw('old', two);
    const { zxid: opened } = driver.apply(create(READY));
    expect(driver.apply(enter(PATH, 'a', 2), { session: one }).response).toMatchObject({
      opened,
      present: 2,
    });
    driver.apply(remove(`${PATH}/old`));
    expect(driver.apply(depart(PATH, 'a'), { session: one }).response).toMatchObject({
      opened,
      remaining: 0,
    });
    expect(driver.children(PATH)).toEqual([]);
  });

  test('an old client that is the last out closes a round that a new one opened', () => {
    driver.apply(create('/barriers'));
    driver.apply(create(PATH));
    raw('old', two);
    driver.apply(enter(PATH, 'a', 2), { session: one });
    driver.apply(depart(PATH, 'a'), { session: one });
    expect(driver.children(PATH)).toEqual(['old', 'ready']);
    driver.apply(remove(`${PATH}/old`));
    expect(driver.children(PATH)).toEqual([]);
  });

  test('a multi may take out the last one together with the ready node', () => {
    open();
    const operations = [remove(`${PATH}/a`), remove(`${PATH}/b`), remove(READY), remove(PATH)];
    const { response } = driver.apply({ op: OpCode.multi, operations });
    expect(response).toMatchObject({ results: operations.map(() => ({ op: OpCode.delete })) });
    expect(driver.stat(PATH)).toBeUndefined();
  });

  test('a node that happens to be called ready is left alone elsewhere', () => {
    driver.apply(create('/app'));
    driver.apply(create('/app/ready'));
    driver.apply(create('/app/worker'));
    driver.apply(remove('/app/worker'));
    expect(driver.children('/app')).toEqual(['ready']);
  });

  test('a ready node with children of its own stays', () => {
    open();
    driver.apply(create(`${READY}/x`));
    driver.closeSession(one);
    driver.closeSession(two);
    expect(driver.children(PATH)).toEqual(['ready']);
  });
});
