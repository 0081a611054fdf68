import {
  type Acl,
  ErrorNumber,
  type ListChildrenRequest,
  type ListChildrenResponse,
  type MultiReadOperation,
  type MultiReadResult,
  OpCode,
  Permission,
  type ReadRequest,
  type Response,
  STAT_BYTES,
  type StatFields,
  unreachable,
} from '@conclave/protocol';
import type { Asker, Credentials } from './access/credentials.ts';
import { namesAfter, PAGE_NAMES_MAX } from './children-page.ts';
import { readLineHolder, readLineStatus } from './line-operations.ts';
import type { Namespace } from './namespace.ts';
import type { Outcome } from './node-operations.ts';
import type { Sessions } from './sessions.ts';
import type { Znode } from './znode.ts';

/** The default bound of an answer. It is above the largest frame that can be configured. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Answers a read from memory, with the credentials of its sender. Returns an `ErrorNumber` if there is no answer. Even a
 * short request can ask for very much. If the answer is sure to take more than `bytesMax`, it is not gathered, and the
 * error is ANSWER_TOO_LARGE.
 */
export function read(
  namespace: Namespace,
  sessions: Sessions,
  request: ReadRequest,
  { sessionId, credentials }: Asker,
  bytesMax: number,
): Outcome<Response<StatFields>> {
  switch (request.op) {
    case OpCode.exists: {
      // ZooKeeper checks the path of this read, and of no other.
      if (request.path.includes('\0')) return ErrorNumber.BAD_ARGUMENTS;
      const node = findReadable(namespace, request.path, credentials);
      return typeof node === 'number' ? node : { op: request.op, stat: namespace.statOf(node) };
    }
    case OpCode.getData: {
      const node = findReadable(namespace, request.path, credentials);
      if (typeof node === 'number') return node;
      return { op: request.op, data: namespace.shownData(node), stat: namespace.statOf(node) };
    }
    case OpCode.getACL:
      return readAcl(namespace, request.path, credentials);
    case OpCode.getChildren: {
      const node = findReadable(namespace, request.path, credentials);
      if (typeof node === 'number') return node;
      const children = childrenOf(node, bytesMax);
      return typeof children === 'number' ? children : { op: request.op, children };
    }
    case OpCode.getChildren2: {
      const node = findReadable(namespace, request.path, credentials);
      if (typeof node === 'number') return node;
      const children = childrenOf(node, bytesMax);
      if (typeof children === 'number') return children;
      return { op: request.op, children, stat: namespace.statOf(node) };
    }
    case OpCode.listChildren:
      return readPage(namespace, request, credentials);
    case OpCode.getAllChildrenNumber: {
      const node = findReadable(namespace, request.path, credentials);
      return typeof node === 'number' ? node : { op: request.op, total: countBelow(namespace, node) };
    }
    case OpCode.getEphemerals:
      return { op: request.op, ephemerals: ephemeralsOf(sessions, sessionId, request.path) };
    case OpCode.multiRead:
      return readMany(namespace, request.operations, credentials, bytesMax);
    case OpCode.lineHolder:
      return readLineHolder(namespace, request.path, credentials);
    case OpCode.lineStatus:
      return readLineStatus(namespace, sessionId, request, credentials);
    default:
      return unreachable(request);
  }
}

function findReadable(namespace: Namespace, path: string, credentials: Credentials): Znode | number {
  const node = namespace.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  return node.acl.permits(Permission.read, credentials) ? node : ErrorNumber.NO_AUTH;
}

function childrenOf({ children }: Znode, bytesMax: number): Outcome<readonly string[]> {
  if (children === undefined) return [];
  if (children.size * NAME_BYTES_MIN > bytesMax) return ErrorNumber.ANSWER_TOO_LARGE;
  return [...children];
}

/** A name has at least one letter, and a length before it. */
const NAME_BYTES_MIN = 5;

/** A client that may not change the ACL sees masked digests, because a digest would let it pose as another client. */
function readAcl(
  namespace: Namespace,
  path: string,
  credentials: Credentials,
): Outcome<Response<StatFields>> {
  const node = namespace.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  const { acl } = node;
  if (!acl.permits(Permission.read | Permission.admin, credentials)) return ErrorNumber.NO_AUTH;
  const list = acl.permits(Permission.admin, credentials) ? acl.list : acl.list.map(masked);
  return { op: OpCode.getACL, acl: list, stat: namespace.statOf(node) };
}

function masked(entry: Acl): Acl {
  return entry.scheme === 'digest' ? { ...entry, id: entry.id.replace(/:.*/g, ':x') } : entry;
}

function readPage(
  namespace: Namespace,
  { path, after, limit }: ListChildrenRequest,
  credentials: Credentials,
): Outcome<ListChildrenResponse<StatFields>> {
  if (limit < 1) return ErrorNumber.BAD_ARGUMENTS;
  const node = findReadable(namespace, path, credentials);
  if (typeof node === 'number') return node;
  const { names, more } = namesAfter(node.children ?? [], after, Math.min(limit, PAGE_NAMES_MAX));
  return { op: OpCode.listChildren, children: names, more, stat: namespace.statOf(node) };
}

function countBelow(namespace: Namespace, root: Znode): number {
  if (root.parent === undefined) return namespace.size - 1;
  let count = -1;
  for (const _ of namespace.subtree(root)) count++;
  return count;
}

/** Lists the ephemerals in the order of their paths. ZooKeeper gives them no order. */
function ephemeralsOf(sessions: Sessions, sessionId: number, prefix: string): readonly string[] {
  const all = [...(sessions.find(sessionId)?.ephemerals ?? [])].sort();
  const isAll = prefix.trim() === '' || prefix.trim() === '/';
  return isAll ? all : all.filter((path) => path.startsWith(prefix));
}

function readMany(
  namespace: Namespace,
  operations: readonly MultiReadOperation[],
  credentials: Credentials,
  bytesMax: number,
): Outcome<Response<StatFields>> {
  const results: MultiReadResult<StatFields>[] = [];
  let bytes = 0;
  for (const operation of operations) {
    const result = readOne(namespace, operation, credentials, bytesMax - bytes);
    if (typeof result === 'number') return result;
    bytes += bytesAtLeast(result);
    if (bytes > bytesMax) return ErrorNumber.ANSWER_TOO_LARGE;
    results.push(result);
  }
  return { op: OpCode.multiRead, results };
}

/** Returns the least number of bytes that the result takes in an answer. */
function bytesAtLeast(result: MultiReadResult<StatFields>): number {
  if (result.op === OpCode.getData) return STAT_BYTES + (result.data === null ? 0 : result.data.length);
  if (result.op !== OpCode.getChildren) return 4;
  return result.children.reduce((sum, name) => sum + 4 + name.length, 0);
}

function readOne(
  namespace: Namespace,
  { op, path }: MultiReadOperation,
  credentials: Credentials,
  bytesMax: number,
): Outcome<MultiReadResult<StatFields>> {
  const node = findReadable(namespace, path, credentials);
  if (typeof node === 'number') return { op: OpCode.error, error: node };
  if (op === OpCode.getData) return { op, data: namespace.shownData(node), stat: namespace.statOf(node) };
  const children = childrenOf(node, bytesMax);
  return typeof children === 'number' ? children : { op, children };
}
