import { InvariantError, makeZxid } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { CorruptCheckpointError, CorruptLogError, StorageError } from '../errors.ts';
import { fromErrorData, toErrorData } from './error-transport.ts';

test.each([
  new CorruptLogError('log.sqlite', makeZxid(1, 2), 'entries are missing'),
  new CorruptCheckpointError('checkpoint.sqlite', '/a', 'it fails its checksum'),
  new StorageError('DISK_FULL', 'no space left on device', { cause: new Error('ENOSPC') }),
])('$name keeps its class and its fields between threads', (error) => {
  const arrived = fromErrorData(structuredClone(toErrorData(error)));
  expect(arrived).toBeInstanceOf(error.constructor);
  expect({ ...arrived, cause: undefined }).toEqual({ ...error, cause: undefined });
  expect(arrived.message).toBe(error.message);
});

test('an invariant that breaks in a thread keeps its reason and is not recoverable', () => {
  const arrived = fromErrorData(
    structuredClone(toErrorData(new InvariantError('batch 3 arrived after batch 4'))),
  );
  expect(arrived).toMatchObject({
    code: 'INVARIANT_BROKEN',
    message: 'batch 3 arrived after batch 4',
    recoverable: false,
  });
});

test('any other error of a thread is reported as WORKER_FAILED', () => {
  expect(fromErrorData(toErrorData(new TypeError('not a function')))).toMatchObject({
    code: 'WORKER_FAILED',
  });
});
