import { InvariantError, type Zxid } from '@conclave/protocol';
import { CorruptCheckpointError, CorruptLogError, StorageError, type StorageErrorCode } from '../errors.ts';

/** A `StorageError` on its way between threads, because structured cloning keeps neither its class nor its fields. */
export type ErrorData =
  | {
      readonly type: 'plain';
      readonly code: StorageErrorCode;
      readonly message: string;
      readonly cause: string;
    }
  | { readonly type: 'log'; readonly file: string; readonly afterZxid: Zxid; readonly problem: string }
  | {
      readonly type: 'checkpoint';
      readonly file: string;
      readonly key: string | undefined;
      readonly problem: string;
    };

export function toErrorData(error: unknown): ErrorData {
  if (error instanceof CorruptLogError) {
    return { type: 'log', file: error.file, afterZxid: error.afterZxid, problem: error.problem };
  }
  if (error instanceof CorruptCheckpointError) {
    return { type: 'checkpoint', file: error.file, key: error.key, problem: error.problem };
  }
  if (error instanceof StorageError) {
    return { type: 'plain', code: error.code, message: error.message, cause: describe(error.cause) };
  }
  if (error instanceof InvariantError) {
    return { type: 'plain', code: error.code, message: error.message, cause: describe(error) };
  }
  return { type: 'plain', code: 'WORKER_FAILED', message: describe(error), cause: '' };
}

export function fromErrorData(data: ErrorData): StorageError {
  switch (data.type) {
    case 'log':
      return new CorruptLogError(data.file, data.afterZxid, data.problem);
    case 'checkpoint':
      return new CorruptCheckpointError(data.file, data.key, data.problem);
    case 'plain':
      return new StorageError(
        data.code,
        data.message,
        data.cause === '' ? undefined : { cause: new Error(data.cause) },
      );
  }
}

function describe(error: unknown): string {
  if (error === undefined) return '';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
