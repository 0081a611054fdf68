import { type Acl, OPEN_ACL, Permission } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { AclTable, SharedAcl } from './acl-table.ts';
import { type Credentials, NO_CREDENTIALS, SUPER_CREDENTIALS } from './credentials.ts';
import { parseAddress } from './ip-network.ts';

const { read, write, admin, all } = Permission;
const ann: Credentials = { address: undefined, identities: [{ scheme: 'digest', id: 'ann:x' }] };
const local: Credentials = { address: parseAddress('127.0.0.1'), identities: [] };

function shared(...list: [scheme: string, id: string, permissions: number][]): SharedAcl {
  return new SharedAcl(list.map(([scheme, id, permissions]) => ({ scheme, id, permissions })));
}

describe('who may do what', () => {
  test.each<[string, SharedAcl, number, Credentials, boolean]>([
    ['anybody what the world may', shared(['world', 'anyone', read]), read, NO_CREDENTIALS, true],
    ['nobody what the world may not', shared(['world', 'anyone', read]), write, ann, false],
    ['one of several', shared(['world', 'anyone', read]), read | admin, NO_CREDENTIALS, true],
    ['the owner of a digest', shared(['digest', 'ann:x', all]), write, ann, true],
    ['nobody with another hash', shared(['digest', 'ann:y', all]), write, ann, false],
    ['nobody who has not authenticated', shared(['digest', 'ann:x', all]), read, NO_CREDENTIALS, false],
    ['only what is granted', shared(['digest', 'ann:x', read]), write, ann, false],
    ['by the second entry', shared(['digest', 'bob:x', all], ['digest', 'ann:x', read]), read, ann, true],
    ['from a network', shared(['ip', '127.0.0.0/8', all]), write, local, true],
    ['not from another', shared(['ip', '10.0.0.0/8', all]), write, local, false],
    ['not without an address', shared(['ip', '0.0.0.0/0', all]), write, ann, false],
    [
      'what two entries grant one',
      shared(['digest', 'ann:x', read], ['digest', 'ann:x', write]),
      read,
      ann,
      true,
    ],
    ['nobody by the id of another scheme', shared(['sasl', 'ann:x', all]), read, ann, false],
    ['not from what is no network', shared(['ip', 'nowhere', all]), read, local, false],
    ['the super user everything', shared(['digest', 'ann:x', 0]), write, SUPER_CREDENTIALS, true],
    ['rights add up', shared(['world', 'anyone', read], ['digest', 'ann:x', write]), write, ann, true],
  ])('%s', (_, acl, permissions, who, expected) => {
    expect(acl.permits(permissions, who)).toBe(expected);
  });
});

test('equal lists are one, for as long as a node has it', () => {
  const table = new AclTable();
  const list: Acl[] = [{ permissions: read, scheme: 'digest', id: 'ann:x' }];
  const one = table.acquire(list);
  expect(table.acquire(list.map((entry) => ({ ...entry })))).toBe(one);
  expect(table.find(list)).toBe(one);
  expect(table.acquire([...OPEN_ACL])).toBe(table.open);
  expect(table.size).toBe(2);
  table.release(one);
  expect(table.acquire(list)).toBe(one);
  table.release(one);
  table.release(one);
  expect(table.size).toBe(1);
});
