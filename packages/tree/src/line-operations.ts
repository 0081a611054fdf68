import {
  ErrorNumber,
  InvariantError,
  joinPath,
  type LineHolderResponse,
  type LineJoinRequest,
  type LineJoinResponse,
  type LineLeaveRequest,
  type LineStatusRequest,
  type LineStatusResponse,
  OpCode,
  Permission,
  pathProblem,
} from '@conclave/protocol';
import type { Credentials } from './access/credentials.ts';
import { formatSequence, isContenderPrefix } from './contender-name.ts';
import { dataOf } from './data-arena.ts';
import type { Contender, Line } from './line.ts';
import { checkParents, exceedsQuota, makeParents } from './missing-parents.ts';
import type { Namespace } from './namespace.ts';
import type { Outcome } from './node-operations.ts';
import type { Requester } from './requester.ts';
import type { Session } from './session.ts';
import type { Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

/**
 * Joins a line. The session is alive at this very transaction, so that it can hold what it is granted. A session that
 * stands in the line under this prefix already gets its present place as the answer.
 */
export function applyLineJoin(
  namespace: Namespace,
  session: Session,
  requester: Requester,
  { path, prefix, data, wait }: LineJoinRequest,
): Outcome<LineJoinResponse> {
  if (!isContenderPrefix(prefix) || pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  if (prefix.includes('/') || pathProblem(joinPath(path, prefix)) !== undefined)
    return ErrorNumber.BAD_ARGUMENTS;
  const line = namespace.find(path)?.line;
  const standing = line?.joinedBy(session.id, prefix);
  if (line !== undefined && standing !== undefined) return joined(line, standing);
  const problem = checkParents(namespace, path, requester);
  if (problem !== ErrorNumber.OK) return problem;
  if (!wait && line !== undefined && line.size > 0) {
    return { op: OpCode.lineJoin, granted: false, node: '', token: 0, position: line.size };
  }
  const name = prefix + formatSequence(namespace.find(path)?.childCreates ?? 0);
  if (exceedsQuota(namespace, path, [{ name, data }], requester)) return ErrorNumber.QUOTA_EXCEEDED;
  const nodePath = joinPath(path, name);
  if (namespace.find(nodePath) !== undefined) return ErrorNumber.NODE_EXISTS;
  const parent = makeParents(namespace, path);
  namespace.noteSequential(parent);
  const node = namespace.create(nodePath, parent, data, namespace.openAcl, session, ZnodeRole.contender);
  if (parent.line === undefined || node.contender === undefined) {
    namespace.noteInconsistency(nodePath, 'a contender stands outside its line');
    return ErrorNumber.DATA_INCONSISTENCY;
  }
  return joined(parent.line, node.contender);
}

/**
 * Leaves a line: a release, a resignation, or an end to waiting. It succeeds for a session that does not stand in the
 * line, because it has left already. It needs the permission to delete in the line, as ZooKeeper's `delete` does.
 */
export function applyLineLeave(
  namespace: Namespace,
  session: Session,
  credentials: Credentials,
  { path, prefix }: LineLeaveRequest,
): Outcome<{ readonly op: typeof OpCode.lineLeave }> {
  if (pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  const parent = namespace.find(path);
  const contender = parent?.line?.joinedBy(session.id, prefix);
  if (parent === undefined || contender === undefined) return { op: OpCode.lineLeave };
  if (!parent.acl.permits(Permission.delete, credentials)) return ErrorNumber.NO_AUTH;
  if (!namespace.canRemove(contender.node, session)) return ErrorNumber.DATA_INCONSISTENCY;
  namespace.remove(contender.node, session);
  return { op: OpCode.lineLeave };
}

/**
 * Checks whether the grant of `token` still holds in the line at `path`. It needs the permission to read there, as
 * ZooKeeper's check of a version does: a client that may not see the line must not find out its holder by guessing.
 * Returns `ErrorNumber.OK`, or the error that refuses the write.
 */
export function checkGrant(
  namespace: Namespace,
  path: string,
  token: number,
  credentials: Credentials,
): number {
  const parent = namespace.find(path);
  if (parent?.acl.permits(Permission.read, credentials) === false) return ErrorNumber.NO_AUTH;
  return parent?.line?.head?.node.czxid === token ? ErrorNumber.OK : ErrorNumber.GRANT_OVER;
}

/** A line that does not exist is empty as well, so that a client can wait for the first holder of a path. */
export function readLineHolder(
  namespace: Namespace,
  path: string,
  credentials: Credentials,
): Outcome<LineHolderResponse> {
  if (pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  const parent = namespace.find(path);
  const head = parent?.line?.head?.node;
  const op = OpCode.lineHolder;
  for (const node of [parent, head]) {
    if (node !== undefined && !node.acl.permits(Permission.read, credentials)) return ErrorNumber.NO_AUTH;
  }
  if (head === undefined) return { op, node: '', token: 0, session: 0n, data: null };
  return { op, node: head.path, token: head.czxid, session: BigInt(head.owner), data: dataOf(head) };
}

export function readLineStatus(
  namespace: Namespace,
  sessionId: number,
  { path, prefix }: LineStatusRequest,
  credentials: Credentials,
): Outcome<LineStatusResponse> {
  if (pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  const parent = namespace.find(path);
  if (parent !== undefined && !parent.acl.permits(Permission.read, credentials)) return ErrorNumber.NO_AUTH;
  const line = parent?.line;
  const contender = line?.joinedBy(sessionId, prefix);
  if (line === undefined || contender === undefined) {
    return { op: OpCode.lineStatus, granted: false, node: '', token: 0, position: 0 };
  }
  const { granted, node, token, position } = joined(line, contender);
  // A read changes nothing, so that a contradiction ends this server alone.
  if (granted !== (position === 0)) throw new InvariantError(`${node} is at ${position} in its line`);
  return { op: OpCode.lineStatus, granted, node, token, position };
}

function joined(line: Line<Znode>, contender: Contender<Znode>): LineJoinResponse {
  const { path, czxid } = contender.node;
  const granted = line.head === contender;
  return { op: OpCode.lineJoin, granted, node: path, token: czxid, position: line.positionOf(contender) };
}
