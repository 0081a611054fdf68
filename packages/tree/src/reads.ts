import {
  ErrorNumber,
  OpCode,
  Permission,
  type ReadRequest,
  type Response,
  type StatFields,
} from '@conclave/protocol';
import { dataOf } from './data-arena.ts';
import { readLineHolder, readLineStatus } from './line-operations.ts';
import type { Namespace } from './namespace.ts';
import type { Outcome } from './node-operations.ts';
import type { Znode } from './znode.ts';

/** Answers from memory, for the session that asks; the `ErrorNumber` when there is nothing to answer. */
export function read(
  namespace: Namespace,
  request: ReadRequest,
  sessionId: number,
): Outcome<Response<StatFields>> {
  switch (request.op) {
    case OpCode.exists: {
      // Of all reads ZooKeeper checks the path of this one alone.
      if (request.path.includes('\0')) return ErrorNumber.BAD_ARGUMENTS;
      const node = findReadable(namespace, request.path);
      return typeof node === 'number' ? node : { op: request.op, stat: node.stat() };
    }
    case OpCode.getData: {
      const node = findReadable(namespace, request.path);
      return typeof node === 'number' ? node : { op: request.op, data: dataOf(node), stat: node.stat() };
    }
    case OpCode.getChildren: {
      const node = findReadable(namespace, request.path);
      return typeof node === 'number' ? node : { op: request.op, children: childrenOf(node) };
    }
    case OpCode.getChildren2: {
      const node = findReadable(namespace, request.path);
      if (typeof node === 'number') return node;
      return { op: request.op, children: childrenOf(node), stat: node.stat() };
    }
    case OpCode.lineHolder:
      return readLineHolder(namespace, request.path);
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
    case OpCode.multiRead:
    case OpCode.listChildren:
      return ErrorNumber.UNIMPLEMENTED;
    case OpCode.lineStatus:
      return readLineStatus(namespace, sessionId, request);
  }
}

function findReadable(namespace: Namespace, path: string): Znode | number {
  const node = namespace.find(path);
  if (node === undefined) return ErrorNumber.NO_NODE;
  return node.acl.permits(Permission.read) ? node : ErrorNumber.NO_AUTH;
}

function childrenOf(node: Znode): readonly string[] {
  return node.children === undefined ? [] : [...node.children];
}
