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

describe('the permissions that an ACL grants', () => {
  test.each<[string, SharedAcl, number, Credentials, boolean]>([
    [
      'a permission of the world is granted to every client',
      shared(['world', 'anyone', read]),
      read,
      NO_CREDENTIALS,
      true,
    ],
    [
      'a permission that the world lacks is granted to no client',
      shared(['world', 'anyone', read]),
      write,
      ann,
      false,
    ],
    [
      'one of several permissions is enough',
      shared(['world', 'anyone', read]),
      read | admin,
      NO_CREDENTIALS,
      true,
    ],
    ['the owner of a digest has its permissions', shared(['digest', 'ann:x', all]), write, ann, true],
    ['another hash of the same user grants nothing', shared(['digest', 'ann:y', all]), write, ann, false],
    [
      'a digest grants nothing without authentication',
      shared(['digest', 'ann:x', all]),
      read,
      NO_CREDENTIALS,
      false,
    ],
    ['a digest grants its own permissions only', shared(['digest', 'ann:x', read]), write, ann, false],
    [
      'the second entry counts as well',
      shared(['digest', 'bob:x', all], ['digest', 'ann:x', read]),
      read,
      ann,
      true,
    ],
    [
      'an address within a network has its permissions',
      shared(['ip', '127.0.0.0/8', all]),
      write,
      local,
      true,
    ],
    ['an address outside a network has none of them', shared(['ip', '10.0.0.0/8', all]), write, local, false],
    ['a network grants nothing without an address', shared(['ip', '0.0.0.0/0', all]), write, ann, false],
    [
      'two entries of one identity add up',
      shared(['digest', 'ann:x', read], ['digest', 'ann:x', write]),
      read,
      ann,
      true,
    ],
    ['the same id in another scheme grants nothing', shared(['sasl', 'ann:x', all]), read, ann, false],
    ['an id that is not a network grants nothing', shared(['ip', 'nowhere', all]), read, local, false],
    ['the super user may do everything', shared(['digest', 'ann:x', 0]), write, SUPER_CREDENTIALS, true],
    [
      'permissions of the world and of an identity add up',
      shared(['world', 'anyone', read], ['digest', 'ann:x', write]),
      write,
      ann,
      true,
    ],
  ])('%s', (_, acl, permissions, credentials, expected) => {
    expect(acl.permits(permissions, credentials)).toBe(expected);
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
