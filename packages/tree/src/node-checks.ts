import {
  type CheckRequest,
  CreateFlag,
  type CreateRequest,
  type DeleteRequest,
  ErrorNumber,
  Permission,
  pathProblem,
  type SetDataRequest,
} from '@conclave/protocol';
import { isValidAcl, type SharedAcl } from './acl-table.ts';
import { formatSequence } from './contender-name.ts';

/** What the checks of an operation ask of a node: a `Znode`, or one as a multi has it planned. */
export interface NodeView {
  readonly version: number;
  readonly childCreates: number;
  readonly childCount: number;
  /** The session of an ephemeral; 0 for any other node. */
  readonly owner: number;
  readonly acl: SharedAcl;
}

export interface NodeSource<N extends NodeView> {
  find(path: string): N | undefined;
}

/** A create that can be done: where, and under the name it gets. */
export interface Creation<N extends NodeView> {
  readonly parent: N;
  readonly path: string;
}

/**
 * The checks of ZooKeeper's PrepRequestProcessor, in its order. Each returns what the operation then works on, or
 * the `ErrorNumber` it is refused with. That the session lives was checked before.
 */
export function checkCreate<N extends NodeView>(
  nodes: NodeSource<N>,
  request: CreateRequest,
  hasSession: boolean,
): Creation<N> | number {
  const { flags, path } = request;
  if (!isKnownFlag(flags))
    return isExtendedFlag(flags) ? ErrorNumber.UNIMPLEMENTED : ErrorNumber.BAD_ARGUMENTS;
  if (isEphemeral(flags) && !hasSession) return ErrorNumber.SESSION_EXPIRED;
  const parentPath = rawParentPath(path);
  if (parentPath === undefined) return ErrorNumber.BAD_ARGUMENTS;
  if (!isValidAcl(request.acl)) return ErrorNumber.INVALID_ACL;
  const parent = nodes.find(parentPath);
  if (parent === undefined) return ErrorNumber.NO_NODE;
  if (!parent.acl.permits(Permission.create)) return ErrorNumber.NO_AUTH;
  const name = isSequential(flags) ? path + formatSequence(parent.childCreates) : path;
  if (pathProblem(name) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  if (nodes.find(name) !== undefined) return ErrorNumber.NODE_EXISTS;
  if (parent.owner !== 0) return ErrorNumber.NO_CHILDREN_FOR_EPHEMERALS;
  return { parent, path: name };
}

export function checkDelete<N extends NodeView>(nodes: NodeSource<N>, request: DeleteRequest): N | number {
  const { path } = request;
  const parentPath = rawParentPath(path);
  if (parentPath === undefined || isSystemPath(path)) return ErrorNumber.BAD_ARGUMENTS;
  const parent = nodes.find(parentPath);
  if (parent === undefined) return ErrorNumber.NO_NODE;
  if (!parent.acl.permits(Permission.delete)) return ErrorNumber.NO_AUTH;
  const node = nodes.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  if (!isExpected(request.version, node.version)) return ErrorNumber.BAD_VERSION;
  if (node.childCount > 0) return ErrorNumber.NOT_EMPTY;
  return node;
}

export function checkSetData<N extends NodeView>(nodes: NodeSource<N>, request: SetDataRequest): N | number {
  return checkVersioned(nodes, request.path, request.version, Permission.write);
}

export function checkVersion<N extends NodeView>(nodes: NodeSource<N>, request: CheckRequest): N | number {
  return checkVersioned(nodes, request.path, request.version, Permission.read);
}

export function isEphemeral(flags: number): boolean {
  return flags === CreateFlag.ephemeral || flags === CreateFlag.ephemeralSequential;
}

function checkVersioned<N extends NodeView>(
  nodes: NodeSource<N>,
  path: string,
  version: number,
  permission: number,
): N | number {
  if (pathProblem(path) !== undefined) return ErrorNumber.BAD_ARGUMENTS;
  const node = nodes.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  if (!node.acl.permits(permission)) return ErrorNumber.NO_AUTH;
  if (!isExpected(version, node.version)) return ErrorNumber.BAD_VERSION;
  return node;
}

function isSequential(flags: number): boolean {
  return flags === CreateFlag.persistentSequential || flags === CreateFlag.ephemeralSequential;
}

function isKnownFlag(flags: number): boolean {
  return flags >= CreateFlag.persistent && flags <= CreateFlag.ephemeralSequential;
}

/** Containers and nodes with a time to live. */
function isExtendedFlag(flags: number): boolean {
  return flags >= 4 && flags <= 6;
}

function isExpected(expected: number, version: number): boolean {
  return expected === -1 || expected === version;
}

/** As ZooKeeper takes it from a path it has not validated yet; `undefined` when it refuses the path at sight. */
function rawParentPath(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  if (slash < 0 || path.includes('\0')) return undefined;
  return slash === 0 ? '/' : path.slice(0, slash);
}

function isSystemPath(path: string): boolean {
  return path === '/' || path === '/zookeeper' || path === '/zookeeper/quota' || path === '/zookeeper/config';
}
