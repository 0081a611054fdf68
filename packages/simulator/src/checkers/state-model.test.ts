import {
  type Acl,
  CreateFlag,
  ErrorNumber,
  EventType,
  type MultiOperation,
  makeZxid,
  OPEN_ACL,
  OpCode,
  Permission,
  type Zxid,
} from '@conclave/protocol';
import {
  type Applied,
  type Change,
  type Command,
  NO_CREDENTIALS,
  type SharedAcl,
  type Txn,
} from '@conclave/tree';
import { beforeEach, describe, expect, test } from 'vitest';
import { at } from './past.fixture.ts';
import { StateModel } from './state-model.ts';

const SESSION = makeZxid(1, 1);
/** The model does not use the servers' own ACLs. */
const OPEN = {} as SharedAcl;
const bytes = (text: string) => new TextEncoder().encode(text);

let model: StateModel;
let counter: number;

/** Applies a transaction of the session, with the result that a server reports. */
function apply(command: Command, applied: Partial<Applied> = {}, txn: Partial<Txn> = {}): Zxid {
  counter++;
  const zxid = makeZxid(1, counter);
  const base = { time: 0, origin: 1, sessionId: SESSION, xid: counter, confirmed: 0, native: true };
  const rights = { credentials: NO_CREDENTIALS, quotasEnforced: true };
  const nothing = {
    error: 0,
    response: undefined,
    changes: [],
    grants: [],
    exceededQuotas: [],
    longSequence: undefined,
    inconsistency: undefined,
  };
  const rest = { sessionCreated: undefined, sessionClosed: undefined, sessionMoved: undefined };
  model.apply({ ...base, ...rights, ...txn, zxid, command }, { ...nothing, ...rest, ...applied, zxid }, 5);
  return zxid;
}

const change = (type: number, ...paths: string[]): Change[] =>
  paths.map((path) => ({ type, path, acl: OPEN }));

function create(
  path: string,
  flags: number = CreateFlag.persistent,
  changes?: Change[],
  txn: Partial<Txn> = {},
): Zxid {
  const stat = {} as never;
  return apply(
    { op: OpCode.create2, path, data: bytes('data'), acl: OPEN_ACL, flags },
    {
      response: { op: OpCode.create2, path, stat },
      changes: changes ?? change(EventType.nodeCreated, path),
    },
    txn,
  );
}

function join(node: string, granted: boolean, changes = change(EventType.nodeCreated, node)): Zxid {
  const response = { op: OpCode.lineJoin, granted, node, token: 0, position: 0 } as const;
  return apply(
    { op: OpCode.lineJoin, path: '/lock', prefix: 'p', data: null, wait: true },
    { response, changes },
  );
}

function createExpiring(path: string, ttl: number, time = 0): Zxid {
  const stat = {} as never;
  const fields = { path, data: null, acl: OPEN_ACL, flags: CreateFlag.persistent };
  return apply(
    ttl > 0
      ? { op: OpCode.createTTL, ...fields, ttl }
      : { op: OpCode.createContainer, ...fields, flags: CreateFlag.container },
    {
      response: { op: OpCode.create2, path, stat },
      changes: change(EventType.nodeCreated, path),
    },
    { time },
  );
}

/** Removes a node as the servers do by themselves. */
function expire(path: string, czxid: Zxid, time = 0): void {
  const command = { op: OpCode.deleteContainer, path, czxid, neverUsedMs: 1_000 } as const;
  apply(command, { changes: change(EventType.nodeDeleted, path) }, { sessionId: 0, time });
}

function remove(path: string): void {
  apply({ op: OpCode.delete, path, version: -1 }, { changes: change(EventType.nodeDeleted, path) });
}

function close(...gone: string[]): void {
  apply({ op: OpCode.closeSession, reason: 'expired' }, { changes: change(EventType.nodeDeleted, ...gone) });
}

const ANN = { credentials: { address: undefined, identities: [{ scheme: 'digest', id: 'ann:x' }] } };
const BOSS = { credentials: { address: undefined, identities: [{ scheme: 'super', id: '' }] } };
const world = (permissions: number): Acl => ({ permissions, scheme: 'world', id: 'anyone' });
const ann = (permissions: number): Acl => ({ permissions, scheme: 'digest', id: 'ann:x' });

function setAcl(path: string, acl: readonly Acl[], txn: Partial<Txn> = {}): void {
  apply({ op: OpCode.setACL, path, acl, version: -1 }, {}, txn);
}

function set(path: string, txn: Partial<Txn> = {}): void {
  const changes = change(EventType.nodeDataChanged, path);
  apply({ op: OpCode.setData, path, data: bytes('more'), version: -1 }, { changes }, txn);
}

const check = (path: string) => ({ op: OpCode.check, path, version: -1 }) as const;
const write = (path: string) => ({ op: OpCode.setData, path, data: null, version: -1 }) as const;
const drop = (path: string) => ({ op: OpCode.delete, path, version: -1 }) as const;
const make = (path: string) =>
  ({ op: OpCode.create, path, data: null, acl: OPEN_ACL, flags: CreateFlag.persistent }) as const;

/** Refuses a whole transaction, because of its last operation or the one at `failedAt`. */
function refuse(
  operations: readonly MultiOperation[],
  failedAt = operations.length - 1,
  error: number = ErrorNumber.NO_AUTH,
): void {
  const results = operations.map((_, i) => {
    const own = i < failedAt ? ErrorNumber.OK : ErrorNumber.RUNTIME_INCONSISTENCY;
    return { op: OpCode.error, error: i === failedAt ? error : own } as const;
  });
  apply({ op: OpCode.multi, operations: [...operations] }, { response: { op: OpCode.multi, results } });
}

beforeEach(() => {
  model = new StateModel();
  counter = 0;
  apply(
    { op: OpCode.createSession, timeoutMs: 1_000, password: bytes(''), native: true },
    {},
    { sessionId: 0 },
  );
});

describe('the model keeps', () => {
  test('the past of every node', () => {
    const made = create('/a');
    const set = apply(
      { op: OpCode.setData, path: '/a', data: bytes('more'), version: -1 },
      { changes: change(EventType.nodeDataChanged, '/a') },
    );
    const gone = apply(
      { op: OpCode.delete, path: '/a', version: -1 },
      { changes: change(EventType.nodeDeleted, '/a') },
    );
    expect(model.pastOf('/a').map(({ zxid, node }) => [zxid, node?.data])).toEqual([
      [made, 'data'],
      [set, 'more'],
      [gone, undefined],
    ]);
    expect(model.childChangesOf('/')).toEqual([made, gone]);
  });

  test('no ephemerals of a session that has ended', () => {
    create('/a', CreateFlag.ephemeral);
    create('/b', CreateFlag.ephemeral);
    close('/b', '/a');
    expect([...model.nodes.keys()]).toEqual([]);
    expect(model.endOf(SESSION)).toMatchObject({ reason: 'expired', atMs: 5 });
  });

  test('the oldest contender at the head of a line', () => {
    create('/lock');
    const token = join('/lock/p0000000001', true);
    join('/lock/p0000000002', false);
    expect(model.headOf('/lock')?.node.czxid).toBe(token);
    expect(model.grantsOf('/lock')).toEqual([token]);
  });
});

describe('the servers may remove', () => {
  test('a container that was used, or that has not been used for long', () => {
    const used = createExpiring('/c', 0);
    create('/c/x');
    remove('/c/x');
    expire('/c', used);
    expire('/d', createExpiring('/d', 0), 1_001);
    expect(model.nodes.size).toBe(0);
  });

  test('a node whose time to live is over since it was last set', () => {
    const node = createExpiring('/t', 500);
    const changes = change(EventType.nodeDataChanged, '/t');
    apply({ op: OpCode.setData, path: '/t', data: null, version: -1 }, { changes }, { time: 400 });
    expire('/t', node, 901);
    expect(model.nodes.size).toBe(0);
  });

  test('a node, and its sequence numbers begin again after it is created anew', () => {
    for (let i = 0; i < 2; i++) {
      const container = createExpiring('/c', 0);
      create('/c/n-0000000000', CreateFlag.persistentSequential);
      remove('/c/n-0000000000');
      expire('/c', container);
    }
  });
});

describe('the model counts', () => {
  test('the children that are created and deleted', () => {
    create('/a');
    expect(model.detailsOf('/a')).toMatchObject({ ctime: 0, dataLength: 4, cversion: 0, pzxid: at(2) });
    create('/a/x');
    create('/a/x/y');
    create('/a/z');
    remove('/a/z');
    set('/a/x');
    expect(model.detailsOf('/a')).toMatchObject({ cversion: 3, pzxid: at(6) });
    expect(model.detailsOf('/a/x')).toMatchObject({ cversion: 1, pzxid: at(4) });
  });

  test('from the beginning for a node that is created anew', () => {
    create('/a');
    create('/a/x');
    remove('/a/x');
    remove('/a');
    create('/a');
    expect(model.detailsOf('/a')).toMatchObject({ cversion: 0, pzxid: at(6) });
  });

  test('all ephemerals that end with one session', () => {
    create('/a');
    create('/a/x', CreateFlag.ephemeral);
    create('/a/y', CreateFlag.ephemeral);
    close('/a/x', '/a/y');
    expect(model.detailsOf('/a')).toMatchObject({ cversion: 4, pzxid: at(5) });
  });

  test('the versions of ACLs, with each entry once and the client in place of auth', () => {
    create('/a');
    const auth = { permissions: Permission.all, scheme: 'auth', id: '' };
    setAcl('/a', [world(Permission.read), auth, world(Permission.read)], ANN);
    const given = [world(Permission.read), ann(Permission.all)];
    expect(model.detailsOf('/a')).toMatchObject({ pzxid: at(2), acls: [OPEN_ACL, given] });
    expect(model.pastOf('/a')).toHaveLength(1);
    set('/a', ANN);
    apply({ op: OpCode.delete, path: '/a/x', version: -1 }, { error: ErrorNumber.NO_AUTH });
  });
});

describe('a transaction is rightly refused', () => {
  test('at its first operation without the right', () => {
    create('/a');
    setAcl('/a', [world(Permission.read | Permission.write)]);
    refuse([check('/a'), write('/a'), make('/a/x')]);
    refuse([check('/a'), write('/a'), drop('/a/x')]);
    setAcl('/a', [world(Permission.all - Permission.read)], BOSS);
    refuse([check('/a'), write('/a')], 0);
  });

  test('if an operation before it took the right away or did not give it yet', () => {
    create('/a');
    refuse([{ ...make('/b'), acl: [world(Permission.read)] }, write('/b')]);
    refuse([drop('/a'), { ...make('/a'), acl: [world(Permission.read)] }, make('/a/x')]);
    refuse([{ ...make('/n-'), flags: CreateFlag.persistentSequential, acl: [] }, write('/n-0000000001')]);
  });

  test('for a reason that is not a right', () => {
    create('/a');
    refuse([check('/a'), write('/a'), make('/a/x')], 2, ErrorNumber.NODE_EXISTS);
  });
});

describe('the model finds ACLs', () => {
  test('of existing and deleted nodes, by node and version', () => {
    const first = create('/a');
    setAcl('/a', [world(Permission.all), ann(Permission.read)]);
    remove('/a');
    const second = create('/a');
    expect(model.listOf('/a', first, 0)).toEqual(OPEN_ACL);
    expect(model.listOf('/a', first, 1)).toEqual([world(Permission.all), ann(Permission.read)]);
    expect(model.listOf('/a', second, 0)).toEqual(OPEN_ACL);
    expect(model.listOf('/a', first, 2)).toBeUndefined();
    expect(model.listOf('/a', second, 1)).toBeUndefined();
    expect(model.listOf('/b', first, 0)).toBeUndefined();
  });
});

describe('a transaction violates', () => {
  test.each<[string, () => void]>([
    ['a transaction does what was asked', () => create('/a', CreateFlag.persistent, [])],
    [
      'a transaction does what was asked',
      () => create('/a', CreateFlag.persistent, change(EventType.nodeCreated, '/b')),
    ],
    [
      'a transaction does what was asked',
      () => {
        create('/a', CreateFlag.ephemeral);
        create('/b', CreateFlag.ephemeral);
        close('/a');
      },
    ],
    [
      'a repeated or refused request changes nothing',
      () => {
        create('/a', CreateFlag.persistent, undefined, { xid: 7 });
        create('/b', CreateFlag.persistent, undefined, { xid: 7 });
      },
    ],
    [
      'a repeated or refused request changes nothing',
      () => {
        const changes = change(EventType.nodeDeleted, '/a');
        apply({ op: OpCode.delete, path: '/a', version: -1 }, { error: ErrorNumber.NO_NODE, changes });
      },
    ],
    [
      'an ended session does nothing',
      () => {
        close();
        create('/a');
      },
    ],
    [
      'no node is deleted before its children',
      () => {
        create('/a');
        create('/a/b');
        remove('/a');
      },
    ],
    ['no node is removed before its time', () => expire('/a', create('/a'))],
    ['no node is removed before its time', () => expire('/c', createExpiring('/c', 0), 1_000)],
    ['no node is removed before its time', () => expire('/t', createExpiring('/t', 500, 100), 600)],
    [
      'no node is removed before its time',
      () => {
        const before = createExpiring('/t', 500);
        expire('/t', before, 501);
        createExpiring('/t', 500, 501);
        expire('/t', before, 2_000);
      },
    ],
    [
      'no node is created twice',
      () => {
        create('/a');
        create('/a');
      },
    ],
    [
      'sequential numbers grow',
      () => {
        create('/n-0000000000', CreateFlag.persistentSequential);
        create('/m-0000000000', CreateFlag.persistentSequential);
      },
    ],
    [
      'no client exceeds its permissions',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.read), ann(Permission.all)]);
        set('/a');
      },
    ],
    [
      'no client exceeds its permissions',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.all - Permission.create)]);
        create('/a/x');
      },
    ],
    [
      'no client exceeds its permissions',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.all - Permission.admin)]);
        setAcl('/a', OPEN_ACL);
      },
    ],
    [
      'no client is refused what it is permitted',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.read), ann(Permission.write)]);
        const write = { op: OpCode.setData, path: '/a', data: null, version: -1 } as const;
        apply(write, { error: ErrorNumber.NO_AUTH }, ANN);
      },
    ],
    [
      'no client is refused what it is permitted',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.all - Permission.create)]);
        refuse([check('/a'), write('/a'), drop('/a/x')]);
      },
    ],
    [
      'no client is refused what it is permitted',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.create)]);
        refuse([make('/a/x'), make('/a/y')]);
      },
    ],
    [
      'no client is refused what it is permitted',
      () => {
        create('/a');
        setAcl('/a', [world(Permission.write)]);
        refuse([write('/a'), check('/a')], 0);
      },
    ],
    [
      'one holder at a time',
      () => {
        create('/lock');
        join('/lock/p0000000001', true);
        join('/lock/p0000000002', true);
      },
    ],
    [
      'only a living session is granted a lock',
      () => {
        const grants = [{ sessionId: 77, node: '/lock/p', path: '/lock', token: 1 as Zxid }];
        apply({ op: OpCode.lineLeave, path: '/lock', prefix: 'p' }, { grants });
      },
    ],
    [
      'a fenced write is refused when the grant is over',
      () => {
        create('/lock');
        const token = join('/lock/p0000000001', true);
        const write = { op: OpCode.delete, path: '/lock/p0000000001', version: -1 } as const;
        const changes = change(EventType.nodeDeleted, '/lock/p0000000001');
        apply({ op: OpCode.guarded, path: '/lock', token, write }, { changes });
        apply({ op: OpCode.guarded, path: '/lock', token, write }, { changes });
      },
    ],
    [
      'no client enters early',
      () => {
        create('/b');
        const response = { op: OpCode.barrierEnter, opened: 9, present: 1 } as const;
        const changes = change(EventType.nodeCreated, '/b/me');
        apply(
          { op: OpCode.barrierEnter, path: '/b', name: 'me', parties: 2, data: null },
          { response, changes },
        );
      },
    ],
  ])('%s', (property, act) => {
    expect(act).toThrow(expect.objectContaining({ property }));
  });
});
