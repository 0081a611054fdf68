import { type Acl, CreateFlag, OPEN_ACL, OpCode, TTL_MS_MAX } from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';
import { type CreateMode, isSequential, type NodeData, toBytes } from './node-data.ts';

/** A node to create, as the caller describes it. */
export interface Creation {
  readonly path: string;
  readonly data?: NodeData | undefined;
  readonly mode?: CreateMode | undefined;
  readonly ttlMs?: number | undefined;
  readonly acl?: readonly Acl[] | undefined;
}

interface CreateRecordBody {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly flags: CreateFlag;
}

export type CreateRecord = CreateRecordBody &
  (
    | { readonly op: typeof OpCode.create2 | typeof OpCode.createContainer }
    | { readonly op: typeof OpCode.createTTL; readonly ttl: number }
  );

/**
 * Returns the record of a creation. Throws INVALID_ARGUMENT if the time to live is out of range, or the mode has
 * none.
 */
export function createRecord({
  path,
  data = null,
  mode = 'persistent',
  ttlMs,
  acl = OPEN_ACL,
}: Creation): CreateRecord {
  const bytes = toBytes(data);
  if (ttlMs === undefined) {
    const op = mode === 'container' ? OpCode.createContainer : OpCode.create2;
    return { op, path, data: bytes, acl, flags: CreateFlag[mode] };
  }
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > TTL_MS_MAX) {
    throw invalid(path, `ttlMs: ${ttlMs} is not a whole number from 1 to ${TTL_MS_MAX}`);
  }
  if (mode !== 'persistent' && mode !== 'persistentSequential') {
    throw invalid(path, `ttlMs: a node of mode ${mode} cannot have one`);
  }
  const flags = isSequential(mode) ? CreateFlag.persistentSequentialWithTtl : CreateFlag.persistentWithTtl;
  return { op: OpCode.createTTL, path, data: bytes, acl, flags, ttl: ttlMs };
}

function invalid(path: string, problem: string): ConclaveError {
  return new ConclaveError('INVALID_ARGUMENT', problem, { path });
}
