import {
  type Acl,
  type ErrorCode,
  ErrorNumber,
  errorCodeOf,
  OpCode,
  type MultiOperation as OperationRecord,
  type MultiResult as ResultRecord,
  type Stat,
  unreachable,
  type Zxid,
} from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';
import { describe } from '../session/answer-errors.ts';
import { createRecord } from './create-record.ts';
import { type CreateMode, type NodeData, toBytes } from './node-data.ts';

/** One operation of a transaction. Without a `version`, the node may have any version. */
export type MultiOperation =
  /** Creates a node. The fields are those of `Client.create` and `CreateOptions`. */
  | {
      readonly type: 'create';
      readonly path: string;
      readonly data?: NodeData | undefined;
      readonly mode?: CreateMode | undefined;
      readonly ttlMs?: number | undefined;
      readonly acl?: readonly Acl[] | undefined;
    }
  /** Replaces the data of a node. */
  | {
      readonly type: 'set';
      readonly path: string;
      readonly data: NodeData;
      readonly version?: number | undefined;
    }
  /** Deletes a node. */
  | { readonly type: 'delete'; readonly path: string; readonly version?: number | undefined }
  /** Refuses the transaction unless the node exists and, if a version is given, has that version. */
  | { readonly type: 'check'; readonly path: string; readonly version?: number | undefined };

/** The result of one operation of a transaction, in the place of that operation. */
export type MultiResult =
  /** `stat` is `null` against ZooKeeper's servers, which do not send it here. */
  | { readonly type: 'create'; readonly path: string; readonly stat: Stat | null }
  | { readonly type: 'set'; readonly stat: Stat }
  | { readonly type: 'delete' | 'check' };

/**
 * A transaction that was refused, so that none of its operations was done. `code` and `path` are those of the operation
 * that caused it.
 */
export class MultiError extends ConclaveError {
  /** `MultiError`. */
  override readonly name = 'MultiError';
  /** The place of the operation that caused it. */
  readonly index: number;
  /**
   * The code of each operation. It is OK for the operations before the one that caused it, and undefined if this
   * version does not know the error number.
   */
  readonly codes: readonly (ErrorCode | undefined)[];

  /** Makes an error for the operation at `index`. */
  constructor(
    index: number,
    codes: readonly (ErrorCode | undefined)[],
    path: string | undefined,
    zxid: Zxid,
  ) {
    const code = codes[index];
    const known = code === undefined || code === 'OK' ? 'UNKNOWN_ERROR' : code;
    super(known, `operation ${index} of the transaction: ${describe(known, path)}`, { path, zxid });
    this.index = index;
    this.codes = codes;
  }
}

export function toRecord(operation: MultiOperation): OperationRecord {
  const { path } = operation;
  switch (operation.type) {
    case 'create':
      return createRecord(operation);
    case 'set':
      return { op: OpCode.setData, path, data: toBytes(operation.data), version: operation.version ?? -1 };
    case 'delete':
      return { op: OpCode.delete, path, version: operation.version ?? -1 };
    case 'check':
      return { op: OpCode.check, path, version: operation.version ?? -1 };
    default:
      return unreachable(operation);
  }
}

/** Throws `MultiError` if the results say that the transaction was refused. */
export function fromRecords(
  operations: readonly MultiOperation[],
  records: readonly ResultRecord[],
  zxid: Zxid,
): MultiResult[] {
  const errors = records.map((record) => (record.op === OpCode.error ? record.error : ErrorNumber.OK));
  if (records.some((record) => record.op === OpCode.error)) {
    // The operations before it have OK, those after it RUNTIME_INCONSISTENCY.
    const index = Math.max(
      0,
      errors.findIndex((error) => error !== ErrorNumber.OK),
    );
    throw new MultiError(index, errors.map(errorCodeOf), operations[index]?.path, zxid);
  }
  return records.map(fromRecord);
}

function fromRecord(record: ResultRecord): MultiResult {
  switch (record.op) {
    case OpCode.create2:
      return { type: 'create', path: record.path, stat: record.stat };
    case OpCode.setData:
      return { type: 'set', stat: record.stat };
    case OpCode.delete:
      return { type: 'delete' };
    case OpCode.check:
      return { type: 'check' };
    case OpCode.create:
      return { type: 'create', path: record.path, stat: null };
    case OpCode.error:
      throw new ConclaveError('BAD_ANSWER', 'the results of a successful transaction contain an error');
    default:
      return unreachable(record);
  }
}
