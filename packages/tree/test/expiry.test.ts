import {
  CONTAINER_OWNER,
  CreateFlag,
  ErrorNumber,
  OPEN_ACL,
  OpCode,
  TTL_MS_MAX,
  ttlOwner,
  type UnguardedWrite,
} from '@conclave/protocol';
import { Tree } from '@conclave/tree';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { create, Driver, enter, remove, setData, takeCheckpoint, timeOf } from './driver.ts';

let driver: Driver;

beforeEach(() => {
  driver = new Driver(new Tree({ containerGraceMs: 1000, containerNeverUsedMs: 60_000 }));
});

function container(path: string, flags: number = CreateFlag.container): UnguardedWrite {
  return { op: OpCode.createContainer, path, data: null, acl: OPEN_ACL, flags };
}

function mortal(path: string, ttl: number, flags: number = CreateFlag.persistentWithTtl): UnguardedWrite {
  return { op: OpCode.createTTL, path, data: null, acl: OPEN_ACL, flags, ttl };
}

/** Milliseconds since the time that the first transaction would have had. */
function now(ms: number): number {
  return timeOf(0) + ms;
}

function duePaths(ms: number, limit = 100): string[] {
  return driver.tree
    .expirable(now(ms), limit)
    .map(({ path }) => path)
    .sort();
}

/** Applies what is due at a time, at that time. */
function reap(ms: number): number[] {
  driver.lateMs = ms;
  const errors = driver.tree.expirable(now(ms), 100).map((command) => driver.apply(command).error);
  driver.lateMs = 0;
  return errors;
}

describe('kinds of nodes', () => {
  test('the stat shows the kind', () => {
    expect(driver.apply(container('/c')).response).toMatchObject({
      op: OpCode.create2,
      path: '/c',
      stat: { ephemeralOwner: CONTAINER_OWNER },
    });
    expect(driver.apply(mortal('/t', 5000)).response).toMatchObject({
      op: OpCode.create2,
      stat: { ephemeralOwner: ttlOwner(5000) },
    });
    expect(driver.apply(mortal('/c/s-', 1, CreateFlag.persistentSequentialWithTtl)).response).toMatchObject({
      path: '/c/s-0000000000',
    });
    expect(driver.stat('/t')?.ephemeralOwner).toBe(ttlOwner(5000));
  });

  test.each<[string, UnguardedWrite, number]>([
    ['no time to live', mortal('/n', 0), ErrorNumber.BAD_ARGUMENTS],
    ['a negative time to live', mortal('/n', -1), ErrorNumber.BAD_ARGUMENTS],
    ['a time to live beyond 40 bits', mortal('/n', TTL_MS_MAX + 1), ErrorNumber.BAD_ARGUMENTS],
    ['a time to live and another flag', mortal('/n', 5, CreateFlag.persistent), ErrorNumber.BAD_ARGUMENTS],
    [
      'the flag of a time to live, and none',
      create('/n', '', CreateFlag.persistentWithTtl),
      ErrorNumber.BAD_ARGUMENTS,
    ],
    ['a container with that flag', container('/n', CreateFlag.persistentWithTtl), ErrorNumber.BAD_ARGUMENTS],
    ['an unknown flag', container('/n', 7), ErrorNumber.BAD_ARGUMENTS],
  ])('refused: %s', (_, write, error) => {
    expect(driver.apply(write)).toMatchObject({ error, changes: [] });
  });

  test('the operation decides, not the flag', () => {
    driver.apply(container('/c', CreateFlag.persistentSequential));
    expect(driver.stat('/c0000000000')?.ephemeralOwner).toBe(CONTAINER_OWNER);
    driver.apply(create('/plain', '', CreateFlag.container));
    expect(driver.stat('/plain')?.ephemeralOwner).toBe(0);
  });

  test('in a multi the flag decides', () => {
    const { response } = driver.apply({
      op: OpCode.multi,
      operations: [
        create('/c', '', CreateFlag.container),
        { op: OpCode.createTTL, path: '/p', data: null, acl: OPEN_ACL, flags: 0, ttl: 5 },
        { op: OpCode.createTTL, path: '/t', data: null, acl: OPEN_ACL, flags: 5, ttl: 7 },
      ],
    });
    expect(response).toMatchObject({
      results: [
        { op: OpCode.create2, stat: { ephemeralOwner: CONTAINER_OWNER } },
        { op: OpCode.create, path: '/p' },
        { op: OpCode.create2, stat: { ephemeralOwner: ttlOwner(7) } },
      ],
    });
    expect(driver.apply({ op: OpCode.multi, operations: [create('/n', '', 7)] })).toMatchObject({
      error: ErrorNumber.MARSHALLING_ERROR,
      changes: [],
    });
  });

  test('they may have children of any kind', () => {
    const session = driver.openSession();
    driver.apply(container('/c'));
    driver.apply(mortal('/c/t', 5));
    expect(driver.apply(create('/c/t/e', '', CreateFlag.ephemeral), { session }).error).toBe(0);
    expect(driver.apply(mortal('/c/t/e/t', 5)).error).toBe(ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS);
  });
});

describe('a container', () => {
  test('is due its grace after its last child went', () => {
    driver.apply(container('/c'));
    driver.apply(create('/c/a'));
    driver.apply(create('/c/b'));
    driver.apply(remove('/c/a'));
    expect(duePaths(999_999)).toEqual([]);
    driver.apply(remove('/c/b'));
    expect(driver.tree.nextExpiry).toBeLessThanOrEqual(now(1005));
    expect(duePaths(1004)).toEqual([]);
    expect(duePaths(1005)).toEqual(['/c']);
    expect(reap(1005)).toEqual([0]);
    expect(driver.stat('/c')).toBeUndefined();
    expect(duePaths(999_999)).toEqual([]);
    expect(driver.tree.nextExpiry).toBeUndefined();
  });

  test('begins its grace anew when it was used in between', () => {
    driver.apply(container('/c'));
    driver.apply(create('/c/a'));
    driver.apply(remove('/c/a'));
    driver.lateMs = 900;
    driver.apply(create('/c/a'));
    driver.apply(remove('/c/a'));
    expect(duePaths(1500)).toEqual([]);
    expect(duePaths(1905)).toEqual(['/c']);
  });

  test('that was never used is removed later', () => {
    driver.apply(container('/c'));
    expect(duePaths(60_001)).toEqual([]);
    expect(duePaths(60_002)).toEqual(['/c']);
    expect(reap(60_002)).toEqual([0]);
  });

  test('that was never used may be kept for good', () => {
    driver = new Driver(new Tree({ containerNeverUsedMs: 0 }));
    driver.apply(container('/c'));
    expect(duePaths(2 ** 45)).toEqual([]);
    expect(driver.tree.nextExpiry).toBeUndefined();
    driver.apply(create('/c/a'));
    driver.apply(remove('/c/a'));
    expect(duePaths(4)).toEqual(['/c']);
  });

  test('goes with the ephemeral nodes of a session that was its last user', () => {
    const session = driver.openSession();
    driver.apply(container('/c'));
    driver.apply(create('/c/e', '', CreateFlag.ephemeral), { session });
    driver.closeSession(session);
    expect(duePaths(2000)).toEqual(['/c']);
  });

  test('in a container: the outer one follows the inner one', () => {
    driver.apply(container('/c'));
    driver.apply(container('/c/d'));
    driver.apply(create('/c/d/x'));
    driver.apply(remove('/c/d/x'));
    expect(duePaths(5000)).toEqual(['/c/d']);
    expect(reap(5000)).toEqual([0]);
    expect(duePaths(7000)).toEqual(['/c']);
  });
});

describe('a time to live', () => {
  test('is over when the node was not set for longer', () => {
    driver.apply(mortal('/t', 50));
    expect(duePaths(51)).toEqual([]);
    expect(duePaths(52)).toEqual(['/t']);
    driver.lateMs = 40;
    driver.apply(setData('/t', 'touched'));
    expect(duePaths(92)).toEqual([]);
    expect(duePaths(93)).toEqual(['/t']);
  });

  test('ends the round of a barrier that it was the last one in', () => {
    const session = driver.openSession();
    driver.apply(create('/b'));
    driver.apply(mortal('/b/t', 50));
    driver.apply(enter('/b', 'me', 2), { session });
    driver.closeSession(session);
    expect(driver.children('/b')).toEqual(['ready', 't']);
    expect(reap(100)).toEqual([0]);
    expect(driver.children('/b')).toEqual([]);
  });

  test('does not run while there are children, and is over at once when the last one goes late', () => {
    driver.apply(mortal('/t', 50));
    driver.apply(create('/t/c'));
    expect(duePaths(1000)).toEqual([]);
    driver.lateMs = 1000;
    driver.apply(remove('/t/c'));
    expect(duePaths(1003)).toEqual(['/t']);
  });
});

describe('what is proposed is judged again', () => {
  test.each<[string, UnguardedWrite[], number]>([
    ['a child has come', [create('/t/c')], ErrorNumber.NOT_EMPTY],
    ['it was set', [setData('/t', 'x')], ErrorNumber.BAD_VERSION],
    ['it is gone', [remove('/t')], ErrorNumber.NO_NODE],
    ['another has its path', [remove('/t'), mortal('/t', 50)], ErrorNumber.NO_NODE],
    ['a plain node has its path', [remove('/t'), create('/t')], ErrorNumber.NO_NODE],
  ])('%s', (_, writes, error) => {
    driver.apply(mortal('/t', 50));
    const [command] = driver.tree.expirable(now(100), 1);
    driver.lateMs = 100;
    for (const write of writes) driver.apply(write);
    const before = driver.tree.nodeCount;
    expect(command && driver.apply(command)).toMatchObject({ error, changes: [] });
    expect(driver.tree.nodeCount).toBe(before);
  });

  test('a node that is proposed twice is removed once, and is due until then', () => {
    driver.apply(mortal('/t', 50));
    const commands = [...driver.tree.expirable(now(100), 1), ...driver.tree.expirable(now(100), 1)];
    driver.lateMs = 100;
    expect(commands.map((command) => driver.apply(command).error)).toEqual([0, ErrorNumber.NO_NODE]);
  });

  test('a container that was never used, before its time', () => {
    const czxid = driver.nextZxid;
    driver.apply(container('/c'));
    const command = { op: OpCode.deleteContainer, path: '/c', czxid, neverUsedMs: 1000 } as const;
    expect(driver.apply(command).error).toBe(ErrorNumber.BAD_VERSION);
    expect(driver.apply({ ...command, neverUsedMs: 0 }).error).toBe(ErrorNumber.BAD_VERSION);
    driver.lateMs = 1000;
    expect(driver.apply(command).error).toBe(0);
  });

  test('no other node goes that way', () => {
    const czxid = driver.nextZxid;
    driver.apply(create('/p'));
    const command = { op: OpCode.deleteContainer, path: '/p', czxid, neverUsedMs: 1 } as const;
    driver.lateMs = 1000;
    expect(driver.apply(command).error).toBe(ErrorNumber.BAD_VERSION);
  });
});

test('no more at once than are asked for, the first due first', () => {
  for (let i = 0; i < 20; i++) driver.apply(mortal(`/t${i}`, 1000 - 2 * i));
  expect(driver.tree.expirable(now(5000), 3).map(({ path }) => path)).toEqual(['/t19', '/t18', '/t17']);
  expect(duePaths(5000)).toHaveLength(20);
});

test('a tree from a checkpoint goes on: what is due and what is not yet', () => {
  driver.apply(container('/used'));
  driver.apply(create('/used/x'));
  driver.apply(remove('/used/x'));
  driver.apply(container('/new'));
  driver.apply(mortal('/t', 50));
  driver.apply(mortal('/full', 50));
  driver.apply(create('/full/x'));
  const tree = new Tree({ containerGraceMs: 1000, containerNeverUsedMs: 60_000 });
  tree.loadRows(takeCheckpoint(driver.tree));
  tree.finishLoading(driver.tree.lastZxid);
  expect(tree.digest()).toBe(driver.tree.digest());
  const due = (ms: number) =>
    tree
      .expirable(now(ms), 9)
      .map(({ path }) => path)
      .sort();
  expect(due(20)).toEqual(['/used']);
  expect(due(60)).toEqual(['/t', '/used']);
  expect(due(61_000)).toEqual(['/new', '/t', '/used']);
});

test('the index is what a look at all nodes would find, through thousands of changes', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('container', 'ttl', 'child', 'remove', 'removeChild', 'set'), name }),
    fc.record({ kind: fc.constant('wait'), name }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (story) => {
      driver = new Driver(new Tree({ containerNeverUsedMs: 300 }));
      for (const { kind, name: at } of story) {
        const path = `/${at}`;
        if (kind === 'container') driver.apply(container(path));
        else if (kind === 'ttl') driver.apply(mortal(path, 100));
        else if (kind === 'child') driver.apply(create(`${path}/x`));
        else if (kind === 'remove') driver.apply(remove(path));
        else if (kind === 'removeChild') driver.apply(remove(`${path}/x`));
        else if (kind === 'set') driver.apply(setData(path, 'x'));
        else driver.lateMs += 40;
        const time = timeOf(100) + driver.lateMs;
        const expected = ['/a', '/b', '/c'].filter((each) => {
          const stat = driver.stat(each);
          if (stat === undefined || stat.numChildren > 0) return false;
          if (stat.ephemeralOwner === CONTAINER_OWNER) return stat.cversion > 0 || time - stat.mtime > 300;
          return stat.ephemeralOwner === ttlOwner(100) && time - stat.mtime > 100;
        });
        const due = driver.tree.expirable(time, 9).map((command) => command.path);
        expect(due.sort()).toEqual(expected);
      }
    }),
  );
});
