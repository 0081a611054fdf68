import { OpCode } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { usersOf } from '../requests/local-answers.ts';
import { ConnectionIdentity, digestOf } from './connection-identity.ts';

const SUPER = digestOf('super:secret');
const bytes = (text: string) => new TextEncoder().encode(text);
const digest = (text: string) => ({ op: OpCode.auth, scheme: 'digest', auth: bytes(text) }) as const;

test('the digest of a password equals that of ZooKeeper', () => {
  expect(digestOf('super:test')).toBe('super:D/InIHSb7yEEbrWz8b9l71RjZJU=');
});

describe('a connection', () => {
  test('without an address has no identities', () => {
    const identity = new ConnectionIdentity('in memory');
    expect(identity.encoded).toBeUndefined();
    expect(usersOf(identity.credentials)).toEqual([]);
  });

  test('has its address from the start, and each identity that it proves after that', () => {
    const identity = new ConnectionIdentity('::ffff:10.0.0.7');
    const before = identity.credentials;
    expect(identity.authenticate(digest('anna:1:2'), SUPER)).toBe(true);
    expect(identity.authenticate(digest('bert:x'), SUPER)).toBe(true);
    expect(usersOf(before)).toEqual([{ scheme: 'ip', id: '10.0.0.7' }]);
    expect(identity.credentials.identities).toEqual([
      { scheme: 'digest', id: digestOf('anna:1:2') },
      { scheme: 'digest', id: digestOf('bert:x') },
    ]);
    expect(usersOf(identity.credentials)).toEqual([
      { scheme: 'ip', id: '10.0.0.7' },
      { scheme: 'digest', id: 'anna' },
      { scheme: 'digest', id: 'bert' },
    ]);
  });

  test('is the super user only with the password of the super user', () => {
    const identity = new ConnectionIdentity('10.0.0.7');
    expect(identity.authenticate(digest('super:guess'), SUPER)).toBe(true);
    expect(identity.credentials.identities).toEqual([{ scheme: 'digest', id: digestOf('super:guess') }]);
    expect(identity.authenticate(digest('super:secret'), SUPER)).toBe(true);
    expect(identity.credentials.identities).toContainEqual({ scheme: 'super', id: '' });
  });

  test('has an identity once, however often it proves it', () => {
    const identity = new ConnectionIdentity('10.0.0.7');
    for (let i = 0; i < 1_000; i++) expect(identity.authenticate(digest('anna:1'), SUPER)).toBe(true);
    expect(identity.credentials.identities).toHaveLength(1);
    expect(identity.authenticate({ op: OpCode.auth, scheme: 'ip', auth: null }, SUPER)).toBe(true);
    expect(identity.credentials.identities).toHaveLength(1);
  });

  test('has a limit of identities, so that its writes stay small', () => {
    const identity = new ConnectionIdentity('10.0.0.7');
    let taken = 0;
    while (identity.authenticate(digest(`user${taken}:x`), SUPER)) taken++;
    expect(taken).toBeGreaterThan(100);
    expect(identity.encoded?.bytes.length).toBeLessThan(20_000);
    expect(identity.authenticate(digest('u'.repeat(20_000)), SUPER)).toBe(false);
  });

  test.each(['world', 'auth', 'super', 'sasl', 'x509', ''])(
    'proves no identity by the scheme "%s"',
    (scheme) => {
      const identity = new ConnectionIdentity('10.0.0.7');
      expect(identity.authenticate({ op: OpCode.auth, scheme, auth: bytes('a:b') }, SUPER)).toBe(false);
      expect(identity.credentials.identities).toEqual([]);
    },
  );

  test('proves no identity without a password', () => {
    const identity = new ConnectionIdentity('10.0.0.7');
    expect(identity.authenticate({ op: OpCode.auth, scheme: 'digest', auth: null }, SUPER)).toBe(false);
  });
});
