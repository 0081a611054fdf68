import { type Acl, OPEN_ACL, Permission } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { checkAllowed, checkForbidden, resolvedAcl } from './acl.ts';

const { all, read, write } = Permission;
const WORLD: Acl = { permissions: read, scheme: 'world', id: 'anyone' };
const ANN: Acl = { permissions: all, scheme: 'digest', id: 'ann:x' };
const AUTH: Acl = { permissions: write, scheme: 'auth', id: '' };
const anonymous = [] as const;
const ann = [{ scheme: 'digest', id: 'ann:x' }];
const bob = [{ scheme: 'digest', id: 'bob:x' }];
const superUser = [{ scheme: 'super', id: '' }];

test.each([
  ['any client, if the world may', [WORLD, ANN], read, anonymous],
  ['any client, at a path without a node', undefined, write, anonymous],
  ['any client, if the ACL is open', OPEN_ACL, write, bob],
  ['a client that an entry names', [WORLD, ANN], write, ann],
  ['the super user, always', [WORLD], write, superUser],
])('%s: may use the right', (_, acl, permission, identities) => {
  const right = { path: '/a', acl, permission };
  expect(() => checkAllowed(right, identities)).not.toThrow();
  const property = 'no client is refused what it is permitted';
  expect(() => checkForbidden(right, identities)).toThrow(expect.objectContaining({ property }));
});

test.each([
  ['a client without credentials', [WORLD, ANN], write, anonymous],
  ['a client that no entry names', [WORLD, ANN], write, bob],
  ['a client that an entry names for another right', [{ ...ANN, permissions: read }], write, ann],
])('%s: may not use the right', (_, acl, permission, identities) => {
  const right = { path: '/a', acl, permission };
  expect(() => checkForbidden(right, identities)).not.toThrow();
  const property = 'no client exceeds its permissions';
  expect(() => checkAllowed(right, identities)).toThrow(expect.objectContaining({ property }));
});

test('an entry of the scheme auth becomes one for each digest of the client', () => {
  const asked = [WORLD, AUTH, WORLD];
  const named = [...ann, ...bob].map((each) => ({ permissions: write, ...each }));
  expect(resolvedAcl(asked, [...superUser, ...ann, ...bob])).toEqual([WORLD, ...named]);
});
