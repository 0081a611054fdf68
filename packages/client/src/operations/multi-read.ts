import {
  ErrorNumber,
  errorCodeOf,
  OpCode,
  type MultiReadOperation as OperationRecord,
  type MultiReadResult as ResultRecord,
  type Stat,
  unreachable,
  type Zxid,
} from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';
import { describe } from '../session/answer-errors.ts';

/** One of the reads of `Client.multiRead`. */
export interface MultiRead {
  /** `get` reads the data and the stat, `children` the names of the children. */
  readonly type: 'get' | 'children';
  /** The path of the node. */
  readonly path: string;
}

/** The result of one of the reads of `Client.multiRead`, in the place of that read. */
export type MultiReadResult =
  | { readonly type: 'get'; readonly data: Uint8Array; readonly stat: Stat }
  | { readonly type: 'children'; readonly children: readonly string[] }
  /** This read was refused. The others are not affected. */
  | { readonly type: 'error'; readonly error: ConclaveError };

export function toReadRecord({ type, path }: MultiRead): OperationRecord {
  return { op: type === 'get' ? OpCode.getData : OpCode.getChildren, path, watch: false };
}

/** `copy` returns a copy that the caller can keep. */
export function fromReadRecords(
  reads: readonly MultiRead[],
  records: readonly ResultRecord[],
  zxid: Zxid,
  copy: (data: Uint8Array) => Uint8Array,
): MultiReadResult[] {
  return records.map((record, i): MultiReadResult => {
    switch (record.op) {
      case OpCode.getData:
        return { type: 'get', data: copy(record.data ?? NO_DATA), stat: record.stat };
      case OpCode.getChildren:
        return { type: 'children', children: record.children };
      case OpCode.error:
        return { type: 'error', error: errorOf(record.error, reads[i]?.path, zxid) };
      default:
        return unreachable(record);
    }
  });
}

const NO_DATA = new Uint8Array(0);

function errorOf(number: number, path: string | undefined, zxid: Zxid): ConclaveError {
  const code = number === ErrorNumber.OK ? undefined : errorCodeOf(number);
  if (code === undefined || code === 'OK') {
    return new ConclaveError('UNKNOWN_ERROR', `the server answered with error ${number}`, { path, zxid });
  }
  return new ConclaveError(code, describe(code, path), { path, zxid });
}
