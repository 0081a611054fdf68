import {
  ErrorNumber,
  errorCodeOf,
  OpCode,
  type ProtocolError,
  type Request,
  type Zxid,
} from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';
import { outcomeUnknown, pathOf } from './call.ts';

/** Returns the error that a server's answer to `request` stands for. */
export function errorOfAnswer(request: Request, number: number, zxid: Zxid, isWrite: boolean): ConclaveError {
  const code = errorCodeOf(number);
  const path = pathOf(request);
  switch (code) {
    case undefined:
    case 'OK':
      return new ConclaveError('UNKNOWN_ERROR', `the server answered with error ${number}`, { path, zxid });
    case 'ANSWER_FORGOTTEN':
    case 'CONNECTION_LOSS':
    case 'OPERATION_TIMEOUT':
    case 'REQUEST_TIMEOUT': {
      const error = new ConclaveError(code, describe(code, path), { path, zxid });
      return isWrite ? outcomeUnknown(request, error) : error;
    }
    default: {
      const expectedVersion = number === ErrorNumber.BAD_VERSION ? versionOf(request) : undefined;
      return new ConclaveError(code, describe(code, path), { path, expectedVersion, zxid });
    }
  }
}

/** Returns the error for an answer that has arrived and cannot be decoded. */
export function unreadableAnswer(request: Request, isWrite: boolean, cause: ProtocolError): ConclaveError {
  if (isWrite) return outcomeUnknown(request, cause);
  const code = cause.code === 'FRAME_TOO_LARGE' ? 'ANSWER_TOO_LARGE' : 'BAD_ANSWER';
  return new ConclaveError(code, cause.message, { path: pathOf(request), cause });
}

function versionOf(request: Request): number | undefined {
  if (request.op === OpCode.guarded) return versionOf(request.write);
  return 'version' in request ? request.version : undefined;
}

const texts: Partial<Record<string, string>> = {
  NO_NODE: 'no such node',
  NODE_EXISTS: 'the node already exists',
  NOT_EMPTY: 'the node has children',
  BAD_VERSION: 'the node has another version',
  NO_CHILDREN_FOR_EPHEMERALS: 'ephemeral nodes cannot have children',
  NO_AUTH: 'not allowed',
  INVALID_ACL:
    'the ACL is invalid: it is empty, has an unknown scheme, or needs identities that the session does not have',
  AUTH_FAILED: 'the server refuses the credential',
  QUOTA_EXCEEDED: 'a quota of this subtree is used up',
  BAD_ARGUMENTS: 'the server refuses the arguments',
  NO_WATCHER: 'there is no such watch',
  RECONFIG_DISABLED: 'the members of the ensemble cannot be changed this way',
  THROTTLED_OP: 'the server is overloaded',
  SESSION_EXPIRED: 'the session has expired',
  SESSION_MOVED: 'the session has moved to another server',
  GRANT_OVER: 'the grant is over: another contender holds the line, or none',
  BARRIER_CLOSED: 'the round of this barrier has all its participants and takes no more',
  ANSWER_TOO_LARGE: 'the answer does not fit into a frame',
  UNIMPLEMENTED: 'the server does not have this operation',
};

export function describe(code: string, path: string | undefined): string {
  const text = texts[code] ?? code.toLowerCase().replaceAll('_', ' ');
  return path === undefined ? text : `${path}: ${text}`;
}
