import {
  type CreateRequest,
  type CreateTtlRequest,
  type DeleteRequest,
  ErrorNumber,
  type MultiResult,
  OpCode,
  type SetAclRequest,
  type SetDataRequest,
  type StatFields,
} from '@conclave/protocol';
import { isOver } from './expiry.ts';
import type { Namespace } from './namespace.ts';
import { checkCreate, checkDelete, checkSetAcl, checkSetData, isSequential } from './node-checks.ts';
import { isExpiring, isOfSession } from './node-owner.ts';
import type { Requester } from './requester.ts';
import type { Sessions } from './sessions.ts';
import type { DeleteContainerCommand } from './txn.ts';
import { ZnodeRole } from './znode-role.ts';

/** The result of an operation, or the `ErrorNumber` of one that was refused and changed nothing. */
export type Outcome<R> = R | number;
export type NodeResult = Exclude<MultiResult<StatFields>, { readonly op: typeof OpCode.error }>;

export function applyCreate(
  namespace: Namespace,
  requester: Requester,
  request: CreateRequest | CreateTtlRequest,
): Outcome<NodeResult> {
  const creation = checkCreate(namespace, request, requester);
  if (typeof creation === 'number') return creation;
  const { path, parent, owner } = creation;
  const session = isOfSession(owner) ? requester.session : undefined;
  if (isSequential(request.flags)) namespace.noteSequential(parent);
  const acl = namespace.acquireAcl(creation.acl);
  const node = namespace.create(path, parent, request.data, acl, session ?? owner, ZnodeRole.plain);
  if (request.op === OpCode.create) return { op: request.op, path };
  return { op: OpCode.create2, path, stat: node.stat() };
}

export function applyDelete(
  namespace: Namespace,
  sessions: Sessions,
  requester: Requester,
  request: DeleteRequest,
): Outcome<NodeResult> {
  const node = checkDelete(namespace, request, requester);
  if (typeof node === 'number') return node;
  const owner = sessions.ownerOf(node);
  if (!namespace.canRemove(node, owner)) return ErrorNumber.DATA_INCONSISTENCY;
  namespace.remove(node, owner);
  return { op: request.op };
}

export function applySetData(
  namespace: Namespace,
  requester: Requester,
  request: SetDataRequest,
): Outcome<NodeResult> {
  const node = checkSetData(namespace, request, requester);
  if (typeof node === 'number') return node;
  namespace.setData(node, request.data);
  return { op: request.op, stat: node.stat() };
}

export function applySetAcl(
  namespace: Namespace,
  requester: Requester,
  request: SetAclRequest,
): Outcome<{ readonly op: typeof OpCode.setACL; readonly stat: StatFields }> {
  const checked = checkSetAcl(namespace, request, requester);
  if (typeof checked === 'number') return checked;
  namespace.setAcl(checked.node, checked.acl);
  return { op: request.op, stat: checked.node.stat() };
}

/**
 * Removes a node that was due when the leader looked, if it is still due. In between, a child may have been created, the
 * data set, or another node have taken the path. Returns `ErrorNumber.OK`, or the error that says why not.
 */
export function applyDeleteContainer(
  namespace: Namespace,
  { path, czxid, neverUsedMs }: DeleteContainerCommand,
): number {
  const node = namespace.find(path);
  if (node === undefined || node.czxid !== czxid) return ErrorNumber.NO_NODE;
  if (node.childCount > 0) return ErrorNumber.NOT_EMPTY;
  if (!isExpiring(node.owner) || !isOver(node, namespace.time, neverUsedMs)) return ErrorNumber.BAD_VERSION;
  if (!namespace.canRemove(node, undefined)) return ErrorNumber.DATA_INCONSISTENCY;
  namespace.remove(node, undefined);
  return ErrorNumber.OK;
}
