import { ZXID_ZERO } from '@conclave/protocol';
import { expect, test } from 'vitest';
import { ConclaveError, isConclaveError } from './errors.ts';
import { MultiError } from './operations/multi.ts';

test('an error has its data, its cause, and whether to try again', () => {
  const cause = new Error('socket');
  const error = new ConclaveError('CONNECTION_LOST', 'gone', { path: '/a', zxid: 7, cause });
  expect(error).toMatchObject({ code: 'CONNECTION_LOST', path: '/a', zxid: 7, cause, retryable: true });
  expect(new ConclaveError('OUTCOME_UNKNOWN', 'unknown').retryable).toBe(false);
  expect('cause' in new ConclaveError('NO_NODE', 'no')).toBe(false);
});

test('an error is recognised, even if it comes from another copy of the package', () => {
  expect(isConclaveError(new ConclaveError('NO_NODE', 'no'))).toBe(true);
  expect(isConclaveError(new MultiError(0, ['NO_NODE'], '/a', ZXID_ZERO))).toBe(true);
  const copy = Object.assign(new Error('no'), { name: 'ConclaveError', code: 'NO_NODE' });
  expect(isConclaveError(copy)).toBe(true);
  for (const other of [new Error('no'), { code: 'NO_NODE' }, 'NO_NODE', undefined]) {
    expect(isConclaveError(other)).toBe(false);
  }
});
