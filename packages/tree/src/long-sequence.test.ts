import { OPEN_ACL, OpCode, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { NO_CREDENTIALS } from './access/credentials.ts';
import { Checkpoint } from './checkpoint.ts';
import { Digest } from './digest.ts';
import { Namespace } from './namespace.ts';
import { applyCreate } from './node-operations.ts';
import { encodeRow } from './row-codec.ts';

const options = { members: '', containerGraceMs: 0, containerNeverUsedMs: 0 };
const requester = { session: undefined, credentials: NO_CREDENTIALS, quotas: 'enforced' } as const;

test.each([
  ['far from the end', 2 ** 30 - 1, 2, '1073741823', false],
  ['half of all are gone', 2 ** 30, 2, '1073741824', true],
  ['the last', 2 ** 31 - 1, 2, '2147483647', true],
  ['beyond the end', -(2 ** 31), 2, '-2147483648', true],
  ['with a time to live', 2 ** 30, 6, '1073741824', true],
  ['without a number', 2 ** 30, 0, '', false],
])('%s', (_, childCreates, flags, number, isTold) => {
  const namespace = new Namespace(new Digest(), new Checkpoint(encodeRow), options);
  namespace.begin((ZXID_ZERO + 1) as Zxid, 1);
  const root = namespace.find('/');
  if (root !== undefined) root.childCreates = childCreates;
  const common = { path: '/n', data: null, acl: OPEN_ACL, flags };
  const result =
    flags === 6
      ? applyCreate(namespace, requester, { op: OpCode.createTTL, ttl: 5, ...common })
      : applyCreate(namespace, requester, { op: OpCode.create, ...common });
  expect(result).toMatchObject({ path: `/n${number}` });
  expect(namespace.longSequence).toBe(isTold ? '/' : undefined);
});
