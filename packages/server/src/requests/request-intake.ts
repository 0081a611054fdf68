import { OpCode, type Request, RequestFlag, type RequestHeader, unreachable } from '@conclave/protocol';
import { type Asker, type EncodedCredentials, encodeCommand, encodePayload } from '@conclave/tree';
import type { DisconnectReason } from './disconnect-reason.ts';
import type { PendingError, PendingRequest } from './request-queue.ts';

/** The origin that all requests of a connection have in common. */
export interface RequestSource {
  /** The server that the client is connected to. */
  readonly origin: number;
  readonly sessionId: number;
  readonly native: boolean;
  /** The credentials of writes; undefined if there are none. */
  readonly credentials: EncodedCredentials | undefined;
  /** The session and the credentials that reads are made for. */
  readonly asker: Asker;
  readonly quotasEnforced: boolean;
}

/**
 * Sorts a request by what it must wait for: agreement, the leader's word on how far the history has come, or only its
 * turn. Returns undefined for a ping, which waits for nothing.
 */
export function pendingRequest(
  source: RequestSource,
  header: RequestHeader,
  request: Request,
  record: Uint8Array,
  arrivedMs: number,
): PendingRequest | undefined {
  const { xid, opcode } = header;
  const { asker } = source;
  switch (request.op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.setData:
    case OpCode.setACL:
    case OpCode.multi:
    case OpCode.lineJoin:
    case OpCode.lineLeave:
    case OpCode.barrierEnter:
    case OpCode.barrierLeave:
    case OpCode.guarded: {
      const { origin, sessionId, native, credentials, quotasEnforced } = source;
      const { confirmed } = header;
      const fields = { origin, sessionId, xid, confirmed, native, opcode, credentials, quotasEnforced };
      return { kind: 'write', xid, opcode, arrivedMs, payload: encodePayload(fields, record), sent: false };
    }
    case OpCode.closeSession: {
      const { origin, sessionId, native } = source;
      const fields = { origin, sessionId, xid, confirmed: header.confirmed, native };
      const payload = encodeCommand(fields, { op: OpCode.closeSession, reason: 'client' });
      return { kind: 'write', xid, opcode, arrivedMs, payload, sent: false };
    }
    case OpCode.exists:
    case OpCode.getData:
    case OpCode.getChildren:
    case OpCode.getChildren2:
    case OpCode.lineHolder:
    case OpCode.lineStatus:
    case OpCode.getACL:
    case OpCode.getAllChildrenNumber:
    case OpCode.getEphemerals:
    case OpCode.multiRead:
    case OpCode.listChildren:
      if ((header.flags & RequestFlag.linearizable) === 0)
        return { kind: 'read', xid, opcode, arrivedMs, request, asker };
      return { kind: 'linearizable', xid, opcode, arrivedMs, request, asker, target: undefined };
    case OpCode.sync:
      return { kind: 'linearizable', xid, opcode, arrivedMs, request, asker, target: undefined };
    case OpCode.setWatches:
    case OpCode.setNativeWatches:
    case OpCode.auth:
    case OpCode.setWatches2:
    case OpCode.addWatch:
    case OpCode.checkWatches:
    case OpCode.removeWatches:
    case OpCode.whoAmI:
    case OpCode.sasl:
    case OpCode.reconfig:
      return { kind: 'read', xid, opcode, arrivedMs, request, asker };
    case OpCode.ping:
      return undefined;
    default:
      return unreachable(request);
  }
}

/** An error that is known at once, and still is answered only in its turn. */
export function pendingError(
  { xid, opcode }: RequestHeader,
  error: number,
  arrivedMs: number,
  closes?: DisconnectReason,
): PendingError {
  return { kind: 'error', xid, opcode, arrivedMs, error, closes };
}
