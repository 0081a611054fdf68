import { CreateFlag, OPEN_ACL, OpCode } from '@conclave/protocol';
import { describe, expect, test } from 'vitest';
import { createRecord } from './create-record.ts';

const path = '/a';

describe('the record of a creation', () => {
  test.each([
    [{}, { op: OpCode.create2, flags: CreateFlag.persistent }],
    [{ mode: 'ephemeralSequential' }, { op: OpCode.create2, flags: CreateFlag.ephemeralSequential }],
    [{ mode: 'container' }, { op: OpCode.createContainer, flags: CreateFlag.container }],
    [{ ttlMs: 1 }, { op: OpCode.createTTL, flags: CreateFlag.persistentWithTtl, ttl: 1 }],
    [
      { mode: 'persistentSequential', ttlMs: 5 },
      { op: OpCode.createTTL, flags: CreateFlag.persistentSequentialWithTtl, ttl: 5 },
    ],
  ] as const)('%o', (creation, expected) => {
    expect(createRecord({ path, ...creation })).toEqual({ path, data: null, acl: OPEN_ACL, ...expected });
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 40])('a time to live of %d ms is refused', (ttlMs) => {
    expect(() => createRecord({ path, ttlMs })).toThrow(`ttlMs: ${ttlMs}`);
  });

  test.each(['ephemeral', 'ephemeralSequential', 'container'] as const)(
    'nor one of a node of mode %s',
    (mode) => {
      expect(() => createRecord({ path, mode, ttlMs: 1000 })).toThrow(mode);
    },
  );
});
