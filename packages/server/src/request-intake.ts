import {
  ErrorNumber,
  isOpenAcl,
  OpCode,
  type Request,
  RequestFlag,
  type RequestHeader,
} from '@conclave/protocol';
import { encodeCommand, encodePayload } from '@conclave/tree';
import type { DisconnectReason } from './disconnect-reason.ts';
import type { PendingError, PendingRequest } from './request-queue.ts';

/** What every request of a connection says about where it comes from. */
export interface RequestSource {
  /** The server that the connection is to. */
  readonly origin: number;
  readonly sessionId: number;
  readonly native: boolean;
}

/**
 * What a request waits for, from its record: agreement, the leader's word on how far the history has come, or only
 * its turn. `undefined` for a ping, which waits for nothing.
 */
export function pendingRequest(
  source: RequestSource,
  header: RequestHeader,
  request: Request,
  record: Uint8Array,
  arrivedMs: number,
): PendingRequest | undefined {
  const { xid, opcode } = header;
  switch (request.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.multi:
    case OpCode.lineJoin:
    case OpCode.lineLeave:
    case OpCode.barrierEnter:
    case OpCode.barrierLeave:
    case OpCode.guarded: {
      if (hasClosedAcl(request)) return pendingError(header, ErrorNumber.UNIMPLEMENTED, arrivedMs);
      const payload = encodePayload({ ...source, xid, confirmed: header.confirmed, opcode }, record);
      return { kind: 'write', xid, opcode, arrivedMs, payload, sent: false };
    }
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.setACL:
      return pendingError(header, ErrorNumber.UNIMPLEMENTED, arrivedMs);
    case OpCode.closeSession: {
      const fields = { ...source, xid, confirmed: header.confirmed };
      const payload = encodeCommand(fields, { op: OpCode.closeSession, reason: 'client' });
      return { kind: 'write', xid, opcode, arrivedMs, payload, sent: false };
    }
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.lineHolder:
    case OpCode.lineStatus:
      if ((header.flags & RequestFlag.linearizable) === 0)
        return { kind: 'read', xid, opcode, arrivedMs, request };
      return { kind: 'linearizable', xid, opcode, arrivedMs, request, target: undefined };
    case OpCode.sync:
      return { kind: 'linearizable', xid, opcode, arrivedMs, request, target: undefined };
    case OpCode.setWatches:
    case OpCode.setNativeWatches:
    case OpCode.auth:
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
    case OpCode.multiRead:
    case OpCode.listChildren:
    case OpCode.setWatches2:
    case OpCode.addWatch:
    case OpCode.checkWatches:
    case OpCode.removeWatches:
    case OpCode.whoAmI:
    case OpCode.sasl:
    case OpCode.reconfig:
      return { kind: 'read', xid, opcode, arrivedMs, request };
    case OpCode.ping:
      return undefined;
    default:
      return request satisfies never;
  }
}

/** An error that is known at once and still waits for its turn. */
export function pendingError(
  { xid, opcode }: RequestHeader,
  error: number,
  arrivedMs: number,
  closes?: DisconnectReason,
): PendingError {
  return { kind: 'error', xid, opcode, arrivedMs, error, closes };
}

/** Access control is not enforced yet: a node that asks for it is refused rather than left open unawares. */
function hasClosedAcl(request: Request): boolean {
  switch (request.op) {
    case OpCode.create:
    case OpCode.create2:
      return !isOpenAcl(request.acl);
    case OpCode.multi:
      return request.operations.some((operation) => 'acl' in operation && !isOpenAcl(operation.acl));
    case OpCode.guarded:
      return hasClosedAcl(request.write);
    default:
      return false;
  }
}
