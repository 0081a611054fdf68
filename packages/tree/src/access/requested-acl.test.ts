import { type Acl, OPEN_ACL, Permission } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { type Credentials, NO_CREDENTIALS, SUPER_CREDENTIALS } from './credentials.ts';
import { ACL_ENTRIES_MAX, resolveAcl } from './requested-acl.ts';

const ANN = { scheme: 'digest', id: 'ann:hash=' };
const BOB = { scheme: 'digest', id: 'bob:hash=' };
const both: Credentials = { address: Uint8Array.of(10, 0, 0, 1), identities: [ANN, BOB] };

function acl(scheme: string, id: string, permissions: number = Permission.all): Acl {
  return { permissions, scheme, id };
}

describe('a valid ACL is taken as it is:', () => {
  test.each<[string, Acl[]]>([
    ['the world', [acl('world', 'anyone', Permission.read)]],
    ['nothing granted to the world', [acl('world', 'anyone', 0)]],
    ['a digest', [acl('digest', 'ann:x')]],
    ['a digest with an empty user', [acl('digest', ':x')]],
    ['a digest with a colon at the end', [acl('digest', 'ann:x:')]],
    ['an address', [acl('ip', '10.0.0.1')]],
    ['a network', [acl('ip', 'fe80::/10')]],
    ['several', [acl('world', 'anyone', 1), acl('digest', 'ann:x', 2), acl('ip', '::1', 4)]],
    ['one identity twice with other rights', [acl('world', 'anyone', 1), acl('world', 'anyone', 2)]],
  ])('%s', (_, list) => {
    expect(resolveAcl(list, NO_CREDENTIALS)).toEqual(list);
  });

  test('the open list is the open list', () => {
    expect(resolveAcl(OPEN_ACL, NO_CREDENTIALS)).toBe(OPEN_ACL);
  });
});

describe('an invalid ACL is refused:', () => {
  test.each<[string, Acl[]]>([
    ['empty', []],
    ['an unknown scheme', [acl('x509', 'CN=ann')]],
    ['sasl, which no client can authenticate with', [acl('sasl', 'ann')]],
    ['super, which an ACL cannot name', [acl('super', 'ann:x')]],
    ['no scheme', [acl('', '')]],
    ['an id of the world other than anyone', [acl('world', 'ann')]],
    ['a digest without a hash', [acl('digest', 'ann')]],
    ['a digest with an empty hash', [acl('digest', 'ann:')]],
    ['a digest of three parts', [acl('digest', 'ann:x:y')]],
    ['a digest of nothing', [acl('digest', ':')]],
    ['no address', [acl('ip', 'localhost')]],
    ['too many bits', [acl('ip', '10.0.0.0/33')]],
    ['auth from a client without authentication', [acl('auth', '')]],
    ['one bad entry of two', [acl('world', 'anyone'), acl('auth', '')]],
  ])('%s', (_, list) => {
    expect(resolveAcl(list, { ...NO_CREDENTIALS, address: both.address })).toBeUndefined();
  });

  test('auth from a super user without another identity', () => {
    expect(resolveAcl([acl('auth', '')], SUPER_CREDENTIALS)).toBeUndefined();
  });

  test('more entries than can be compared', () => {
    const list = Array.from({ length: ACL_ENTRIES_MAX + 1 }, (_, i) => acl('digest', `u${i}:x`));
    expect(resolveAcl(list, NO_CREDENTIALS)).toBeUndefined();
    expect(resolveAcl(list.slice(1), NO_CREDENTIALS)).toHaveLength(ACL_ENTRIES_MAX);
  });
});

test('auth becomes what the client has authenticated as, whatever id it comes with', () => {
  const list = [acl('auth', 'whatever', Permission.read), acl('world', 'anyone', Permission.create)];
  expect(resolveAcl(list, both)).toEqual([
    { permissions: Permission.read, ...ANN },
    { permissions: Permission.read, ...BOB },
    acl('world', 'anyone', Permission.create),
  ]);
});

test('repetitions go before auth is resolved, and what that repeats stays, as in ZooKeeper', () => {
  const list = [
    acl('auth', ''),
    acl('auth', ''),
    acl('auth', 'x'),
    acl('world', 'anyone'),
    acl('world', 'anyone'),
  ];
  const own = [ANN, BOB].map((identity) => ({ permissions: Permission.all, ...identity }));
  expect(resolveAcl(list, both)).toEqual([...own, ...own, acl('world', 'anyone')]);
});
