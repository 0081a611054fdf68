import {
  type BarrierEnterRequest,
  type BarrierEnterResponse,
  type BarrierLeaveRequest,
  type BarrierLeaveResponse,
  ErrorNumber,
  joinPath,
  OpCode,
  Permission,
  pathProblem,
} from '@conclave/protocol';
import type { Credentials } from './access/credentials.ts';
import { READY } from './barrier-rounds.ts';
import { checkParents, exceedsQuota, makeParents } from './missing-parents.ts';
import type { Namespace } from './namespace.ts';
import type { Outcome } from './node-operations.ts';
import { isOfSession, NO_OWNER } from './node-owner.ts';
import type { Requester } from './requester.ts';
import type { Session } from './session.ts';
import type { Znode } from './znode.ts';
import { ZnodeRole } from './znode-role.ts';

/**
 * Double barriers in the layout of Curator and kazoo: each participant is an ephemeral child, and the child
 * `ready` says that the round is open. Here the participant that completes the number creates `ready` in the same
 * transaction, and the last participant to leave removes it. So no client counts children and then acts on a count
 * that is no longer true.
 */
export function applyBarrierEnter(
  namespace: Namespace,
  session: Session,
  requester: Requester,
  { path, name, parties, data }: BarrierEnterRequest,
): Outcome<BarrierEnterResponse> {
  if (!isParticipantPath(path, name) || parties < 1) return ErrorNumber.BAD_ARGUMENTS;
  let ready = findReady(namespace, path);
  const own = namespace.find(joinPath(path, name));
  if (own === undefined) {
    if (ready !== undefined) return ErrorNumber.BARRIER_CLOSED;
    const problem = checkParents(namespace, path, requester);
    if (problem !== ErrorNumber.OK) return problem;
  } else if (own.owner !== session.id) {
    return ErrorNumber.NODE_EXISTS;
  }
  const entering = own === undefined ? [{ name, data }] : [];
  const present = countPresent(namespace, path) + entering.length;
  const opening = ready === undefined && present >= parties ? [{ name: READY, data: null }] : [];
  // A participant that enters now was checked above. One that was inside before may have lost the permission since.
  if (own !== undefined && opening.length > 0 && !mayCreateBeside(own, requester)) return ErrorNumber.NO_AUTH;
  const made = [...entering, ...opening];
  if (made.length > 0 && exceedsQuota(namespace, path, made, requester)) return ErrorNumber.QUOTA_EXCEEDED;
  const parent = makeParents(namespace, path);
  const { openAcl } = namespace;
  if (entering.length > 0) {
    namespace.create(joinPath(path, name), parent, data, openAcl, session, ZnodeRole.participant);
  }
  if (opening.length > 0) {
    ready = namespace.create(joinPath(path, READY), parent, null, openAcl, NO_OWNER, ZnodeRole.ready);
  }
  return { op: OpCode.barrierEnter, opened: ready?.czxid ?? 0, present };
}

/** Succeeds for a participant that is not inside, because it has left already. */
export function applyBarrierLeave(
  namespace: Namespace,
  session: Session,
  credentials: Credentials,
  { path, name }: BarrierLeaveRequest,
): Outcome<BarrierLeaveResponse> {
  if (!isParticipantPath(path, name)) return ErrorNumber.BAD_ARGUMENTS;
  const opened = findReady(namespace, path)?.czxid ?? 0;
  const own = namespace.find(joinPath(path, name));
  if (own !== undefined && own.owner === session.id) {
    if (own.parent?.acl.permits(Permission.delete, credentials) !== true) return ErrorNumber.NO_AUTH;
    if (!namespace.canRemove(own, session)) return ErrorNumber.DATA_INCONSISTENCY;
    namespace.remove(own, session);
    const ready = findReady(namespace, path);
    const isLast = countPresent(namespace, path) === 0;
    if (isLast && ready !== undefined && !isOfSession(ready.owner) && ready.childCount === 0) {
      namespace.remove(ready, undefined);
    }
  }
  return { op: OpCode.barrierLeave, opened, remaining: countPresent(namespace, path) };
}

function mayCreateBeside({ parent }: Znode, { credentials }: Requester): boolean {
  return parent?.acl.permits(Permission.create, credentials) === true;
}

function findReady(namespace: Namespace, path: string): Znode | undefined {
  return namespace.find(joinPath(path, READY));
}

function countPresent(namespace: Namespace, path: string): number {
  const parent = namespace.find(path);
  if (parent === undefined) return 0;
  return parent.childCount - (parent.children?.has(READY) === true ? 1 : 0);
}

function isParticipantPath(path: string, name: string): boolean {
  if (path === '/' || name === READY || name.length === 0 || name.includes('/')) return false;
  return pathProblem(path) === undefined && pathProblem(joinPath(path, name)) === undefined;
}
