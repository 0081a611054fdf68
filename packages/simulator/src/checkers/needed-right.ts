import { type Acl, type MultiOperation, OpCode, Permission } from '@conclave/protocol';
import type { Command } from '@conclave/tree';
import type { Right } from './acl.ts';
import { parentOf } from './znode-history.ts';

/**
 * Returns the right that an operation needs, with the ACL that applies at that time. Returns undefined for operations
 * that are not judged by their rights: those of lines and barriers, and those that the servers do by themselves.
 */
export function rightTo(
  operation: Command | MultiOperation,
  aclOf: (path: string) => readonly Acl[] | undefined,
): Right | undefined {
  const right = (path: string, permission: number): Right => ({ path, permission, acl: aclOf(path) });
  switch (operation.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return right(parentOf(operation.path), Permission.create);
    case OpCode.delete:
      return right(parentOf(operation.path), Permission.delete);
    case OpCode.setData:
      return right(operation.path, Permission.write);
    case OpCode.setACL:
      return right(operation.path, Permission.admin);
    case OpCode.check:
      return right(operation.path, Permission.read);
    default:
      return undefined;
  }
}
