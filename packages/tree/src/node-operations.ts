import {
  type CreateRequest,
  type DeleteRequest,
  type MultiResult,
  OpCode,
  type SetDataRequest,
  type StatFields,
} from '@conclave/protocol';
import { withoutRepetitions } from './acl-table.ts';
import type { Namespace } from './namespace.ts';
import { checkCreate, checkDelete, checkSetData, isEphemeral } from './node-checks.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { ZnodeRole } from './znode.ts';

/** What an operation came to: its result, or the `ErrorNumber` it was refused with and then changed nothing. */
export type Outcome<R> = R | number;
export type NodeResult = Exclude<MultiResult<StatFields>, { readonly op: typeof OpCode.error }>;

export function applyCreate(
  namespace: Namespace,
  session: Session | undefined,
  request: CreateRequest,
): Outcome<NodeResult> {
  const creation = checkCreate(namespace, request, session !== undefined);
  if (typeof creation === 'number') return creation;
  const { path, parent } = creation;
  const owner = isEphemeral(request.flags) ? session : undefined;
  const acl = namespace.acquireAcl(withoutRepetitions(request.acl));
  const node = namespace.create(path, parent, request.data, acl, owner, ZnodeRole.plain);
  if (request.op === OpCode.create) return { op: request.op, path };
  return { op: OpCode.create2, path, stat: node.stat() };
}

export function applyDelete(
  namespace: Namespace,
  sessions: Sessions,
  request: DeleteRequest,
): Outcome<NodeResult> {
  const node = checkDelete(namespace, request);
  if (typeof node === 'number') return node;
  namespace.remove(node, sessions.ownerOf(node));
  return { op: request.op };
}

export function applySetData(namespace: Namespace, request: SetDataRequest): Outcome<NodeResult> {
  const node = checkSetData(namespace, request);
  if (typeof node === 'number') return node;
  namespace.setData(node, request.data);
  return { op: request.op, stat: node.stat() };
}
