import {
  type Acl,
  type CheckRequest,
  CreateFlag,
  type CreateRequest,
  type CreateTtlRequest,
  type DeleteRequest,
  ErrorNumber,
  OpCode,
  Permission,
  pathProblem,
  type SetAclRequest,
  type SetDataRequest,
  TTL_MS_MAX,
} from '@conclave/protocol';
import type { SharedAcl } from './access/acl-table.ts';
import type { Credentials } from './access/credentials.ts';
import { resolveAcl } from './access/requested-acl.ts';
import { formatSequence } from './contender-name.ts';
import { CONTAINER, isOfSession, livesFor, NO_OWNER, type NodeOwner } from './node-owner.ts';
import type { Requester } from './requester.ts';

/** The fields of a node that the checks of an operation read: of a `Znode`, or of a node in the plan of a multi. */
export interface NodeView {
  readonly version: number;
  readonly aversion: number;
  readonly childCreates: number;
  readonly childCount: number;
  /** -1 for null. */
  readonly dataLength: number;
  readonly owner: NodeOwner;
  readonly acl: SharedAcl;
}

export interface NodeSource<N extends NodeView> {
  find(path: string): N | undefined;
  /**
   * Whether a hard quota refuses that the subtree of `path` grows by so many nodes and bytes. If a soft quota is
   * exceeded, the source takes note of it for a warning.
   */
  exceedsQuota(path: string, nodes: number, bytes: number, requester: Requester): boolean;
}

/** A create that passed all checks. */
export interface Creation<N extends NodeView> {
  readonly parent: N;
  readonly path: string;
  readonly acl: readonly Acl[];
  readonly owner: NodeOwner;
}

/**
 * The checks of ZooKeeper's PrepRequestProcessor, in its order. Each returns what the operation then works on, or
 * the `ErrorNumber` that refuses it. The caller has checked that the session is alive.
 */
export function checkCreate<N extends NodeView>(
  nodes: NodeSource<N>,
  request: CreateRequest | CreateTtlRequest,
  requester: Requester,
): Creation<N> | number {
  const { flags, path } = request;
  const { session, credentials } = requester;
  if (!isKnownFlag(flags) || !fitsTtl(request)) return ErrorNumber.BAD_ARGUMENTS;
  if (isEphemeral(flags) && session === undefined) return ErrorNumber.SESSION_EXPIRED;
  const parentPath = rawParentPath(path);
  if (parentPath === undefined) return ErrorNumber.BAD_ARGUMENTS;
  const acl = resolveAcl(request.acl, credentials);
  if (acl === undefined) return ErrorNumber.INVALID_ACL;
  const parent = nodes.find(parentPath);
  if (parent === undefined) return ErrorNumber.NO_NODE;
  if (!parent.acl.permits(Permission.create, credentials)) return ErrorNumber.NO_AUTH;
  const name = isSequential(flags) ? path + formatSequence(parent.childCreates) : path;
  if (pathProblem(name) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  if (nodes.find(name) !== undefined) return ErrorNumber.NODE_EXISTS;
  if (isOfSession(parent.owner)) return ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS;
  const bytes = request.data === null ? 0 : request.data.length;
  if (nodes.exceedsQuota(name, 1, bytes, requester)) return ErrorNumber.QUOTA_EXCEEDED;
  return { parent, path: name, acl, owner: ownerOf(request, session?.id ?? NO_OWNER) };
}

export function checkDelete<N extends NodeView>(
  nodes: NodeSource<N>,
  request: DeleteRequest,
  { credentials }: Requester,
): N | number {
  const { path } = request;
  const parentPath = rawParentPath(path);
  if (parentPath === undefined || isSystemPath(path)) return ErrorNumber.BAD_ARGUMENTS;
  const parent = nodes.find(parentPath);
  if (parent === undefined) return ErrorNumber.NO_NODE;
  if (!parent.acl.permits(Permission.delete, credentials)) return ErrorNumber.NO_AUTH;
  const node = nodes.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  if (!isExpected(request.version, node.version)) return ErrorNumber.BAD_VERSION;
  if (node.childCount > 0) return ErrorNumber.NOT_EMPTY;
  return node;
}

export function checkSetData<N extends NodeView>(
  nodes: NodeSource<N>,
  request: SetDataRequest,
  requester: Requester,
): N | number {
  const node = findPermitted(nodes, request.path, Permission.write, requester.credentials);
  if (typeof node === 'number') return node;
  const bytes = (request.data === null ? 0 : request.data.length) - Math.max(node.dataLength, 0);
  if (nodes.exceedsQuota(request.path, 0, bytes, requester)) return ErrorNumber.QUOTA_EXCEEDED;
  return isExpected(request.version, node.version) ? node : ErrorNumber.BAD_VERSION;
}

export function checkVersion<N extends NodeView>(
  nodes: NodeSource<N>,
  request: CheckRequest,
  { credentials }: Requester,
): N | number {
  const node = findPermitted(nodes, request.path, Permission.read, credentials);
  if (typeof node === 'number') return node;
  return isExpected(request.version, node.version) ? node : ErrorNumber.BAD_VERSION;
}

/** Returns the node, and the ACL that it is to get. */
export function checkSetAcl<N extends NodeView>(
  nodes: NodeSource<N>,
  request: SetAclRequest,
  { credentials }: Requester,
): { readonly node: N; readonly acl: readonly Acl[] } | number {
  const { path } = request;
  if (pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  const acl = resolveAcl(request.acl, credentials);
  if (acl === undefined) return ErrorNumber.INVALID_ACL;
  const node = findPermitted(nodes, path, Permission.admin, credentials);
  if (typeof node === 'number') return node;
  return isExpected(request.version, node.aversion) ? { node, acl } : ErrorNumber.BAD_VERSION;
}

export function isKnownFlag(flags: number): boolean {
  return flags >= CreateFlag.persistent && flags <= CreateFlag.persistentSequentialWithTtl;
}

export function hasTtl(flags: number): boolean {
  return flags === CreateFlag.persistentWithTtl || flags === CreateFlag.persistentSequentialWithTtl;
}

function findPermitted<N extends NodeView>(
  nodes: NodeSource<N>,
  path: string,
  permission: number,
  credentials: Credentials,
): N | number {
  if (pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  const node = nodes.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  return node.acl.permits(permission, credentials) ? node : ErrorNumber.NO_AUTH;
}

/** The operation decides the kind of node. The flags only decide whether it has a number, or a session. */
function ownerOf(request: CreateRequest | CreateTtlRequest, sessionId: number): NodeOwner {
  if (request.op === OpCode.createContainer) return CONTAINER;
  if (request.op === OpCode.createTTL) return livesFor(request.ttl);
  return isEphemeral(request.flags) ? sessionId : NO_OWNER;
}

/** Whether flags and time to live fit. ZooKeeper's other operations have no time to live, and so no such flags. */
function fitsTtl(request: CreateRequest | CreateTtlRequest): boolean {
  if (request.op !== OpCode.createTTL) return !hasTtl(request.flags);
  return hasTtl(request.flags) && request.ttl > 0 && request.ttl <= TTL_MS_MAX;
}

function isEphemeral(flags: number): boolean {
  return flags === CreateFlag.ephemeral || flags === CreateFlag.ephemeralSequential;
}

export function isSequential(flags: number): boolean {
  return (
    flags === CreateFlag.persistentSequential ||
    flags === CreateFlag.ephemeralSequential ||
    flags === CreateFlag.persistentSequentialWithTtl
  );
}

function isExpected(expected: number, version: number): boolean {
  return expected === -1 || expected === version;
}

/** The parent of a path that is not validated yet, as ZooKeeper finds it; `undefined` if it refuses the path at once. */
function rawParentPath(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  if (slash < 0 || path.includes('\0')) return undefined;
  return slash === 0 ? '/' : path.slice(0, slash);
}

function isSystemPath(path: string): boolean {
  return path === '/' || path === '/zookeeper' || path === '/zookeeper/quota' || path === '/zookeeper/config';
}
