import {
  CreateFlag,
  type CreateRequest,
  ErrorNumber,
  type MultiOperation,
  makeZxid,
  OPEN_ACL,
  OpCode,
} from '@conclave/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { NO_CREDENTIALS } from './access/credentials.ts';
import { Checkpoint } from './checkpoint.ts';
import { Digest } from './digest.ts';
import { applyLineJoin, applyLineLeave } from './line-operations.ts';
import { applyMulti } from './multi.ts';
import { Namespace } from './namespace.ts';
import { applyCreate, applyDelete } from './node-operations.ts';
import type { Requester } from './requester.ts';
import { encodeRow } from './row-codec.ts';
import { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import type { Znode } from './znode.ts';

const ZXID = makeZxid(1, 1);

let digest: Digest;
let namespace: Namespace;
let sessions: Sessions;
let session: Session;
let requester: Requester;

beforeEach(() => {
  const checkpoint = new Checkpoint(encodeRow);
  digest = new Digest();
  namespace = new Namespace(digest, checkpoint, {
    members: '',
    containerGraceMs: 0,
    containerNeverUsedMs: 0,
  });
  sessions = new Sessions(digest, checkpoint);
  session = new Session(7, 10_000, new Uint8Array(16), true);
  sessions.open(session);
  requester = { session, credentials: NO_CREDENTIALS, quotas: 'enforced' };
  begin(1);
});

function begin(counter: number): void {
  namespace.begin(makeZxid(1, counter), 0);
}

function create(path: string, flags: number = CreateFlag.persistent): CreateRequest {
  return { op: OpCode.create, path, data: new Uint8Array(3), acl: OPEN_ACL, flags };
}

function make(path: string, flags?: number): Znode {
  applyCreate(namespace, requester, create(path, flags));
  namespace.settle();
  return mustFind(path);
}

function mustFind(path: string): Znode {
  const node = namespace.find(path);
  if (node === undefined) throw new Error(`${path} is missing`);
  return node;
}

function remove(path: string): unknown {
  return applyDelete(namespace, sessions, requester, { op: OpCode.delete, path, version: -1 });
}

describe('a state that contradicts itself', () => {
  test('a node that its parent does not list is not removed', () => {
    make('/a');
    const { childCount } = mustFind('/');
    mustFind('/').children?.delete('a');
    begin(2);
    const before = digest.at(ZXID);
    expect(remove('/a')).toBe(ErrorNumber.DATA_INCONSISTENCY);
    expect(namespace.inconsistency).toMatch(/^\/a: /);
    expect(digest.at(ZXID)).toBe(before);
    expect(mustFind('/').childCount).toBe(childCount - 1);
    expect(namespace.changes).toEqual([]);
  });

  test('an ephemeral that its session does not own is not removed', () => {
    make('/e', CreateFlag.ephemeral);
    session.ephemerals?.clear();
    expect(remove('/e')).toBe(ErrorNumber.DATA_INCONSISTENCY);
    expect(namespace.find('/e')).toBeDefined();
  });

  test('a transaction with one such removal changes nothing', () => {
    make('/a');
    make('/b');
    mustFind('/').children?.delete('b');
    begin(2);
    const operations: MultiOperation[] = [
      { op: OpCode.delete, path: '/a', version: -1 },
      { op: OpCode.delete, path: '/b', version: -1 },
    ];
    expect(applyMulti(namespace, sessions, requester, { op: OpCode.multi, operations })).toEqual([
      { op: OpCode.error, error: ErrorNumber.OK },
      { op: OpCode.error, error: ErrorNumber.DATA_INCONSISTENCY },
    ]);
    expect(namespace.find('/a')).toBeDefined();
    expect(namespace.changes).toEqual([]);
  });

  test('a contender that stands in another place of its line does not leave it', () => {
    const join = { op: OpCode.lineJoin, path: '/l', prefix: 'x-lock-', data: null, wait: true } as const;
    applyLineJoin(namespace, session, requester, join);
    namespace.settle();
    const contender = mustFind('/l/x-lock-0000000000').contender;
    if (contender === undefined) throw new Error('there is no contender');
    contender.slot = 3;
    const leave = { op: OpCode.lineLeave, path: '/l', prefix: 'x-lock-' } as const;
    expect(applyLineLeave(namespace, session, NO_CREDENTIALS, leave)).toBe(ErrorNumber.DATA_INCONSISTENCY);
    expect(mustFind('/l').line?.size).toBe(1);
  });

  test('a session that ends takes only the nodes that are its own', () => {
    make('/own', CreateFlag.ephemeral);
    make('/other');
    session.ephemerals?.add('/other');
    begin(2);
    sessions.close(session, namespace);
    expect(namespace.find('/own')).toBeUndefined();
    expect(namespace.find('/other')).toBeDefined();
    expect(namespace.inconsistency).toMatch(/^\/other: /);
  });

  test('a new child that its parent listed already is reported', () => {
    mustFind('/').children?.add('a');
    make('/a');
    expect(namespace.inconsistency).toBe('/a: its parent had a child of this name');
  });

  test('the next transaction reports nothing', () => {
    mustFind('/').children?.add('a');
    make('/a');
    begin(2);
    make('/b');
    expect(namespace.inconsistency).toBeUndefined();
  });
});
