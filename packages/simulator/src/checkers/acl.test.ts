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
const boss = [{ scheme: 'super', id: '' }];

test.each([
  ['anybody, where the world may', [WORLD, ANN], read, anonymous],
  ['anybody, at what nobody has made', undefined, write, anonymous],
  ['anybody, where it is open', OPEN_ACL, write, bob],
  ['who is named', [WORLD, ANN], write, ann],
  ['the super user', [WORLD], write, boss],
])('%s may', (_, acl, permission, identities) => {
  const right = { path: '/a', acl, permission };
  expect(() => checkAllowed(right, identities)).not.toThrow();
  const property = 'no client is refused what it is permitted';
  expect(() => checkForbidden(right, identities)).toThrow(expect.objectContaining({ property }));
});

test.each([
  ['who has shown nothing', [WORLD, ANN], write, anonymous],
  ['who is somebody else', [WORLD, ANN], write, bob],
  ['who is named for something else', [{ ...ANN, permissions: read }], write, ann],
])('%s may not', (_, acl, permission, identities) => {
  const right = { path: '/a', acl, permission };
  expect(() => checkForbidden(right, identities)).not.toThrow();
  const property = 'no client exceeds its permissions';
  expect(() => checkAllowed(right, identities)).toThrow(expect.objectContaining({ property }));
});

test('an entry for whoever asks names all that he has shown', () => {
  const asked = [WORLD, AUTH, WORLD];
  const named = [...ann, ...bob].map((each) => ({ permissions: write, ...each }));
  expect(resolvedAcl(asked, [...boss, ...ann, ...bob])).toEqual([WORLD, ...named]);
});
