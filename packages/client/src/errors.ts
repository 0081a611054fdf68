import type { ErrorCode } from '@conclave/protocol';

/** What can go wrong on the client's side of the wire. */
export type ClientErrorCode =
  /** A write was sent and no answer will come: it may have happened or not. Look before trying again. */
  | 'OUTCOME_UNKNOWN'
  /** No server could be reached within `connectTimeoutMs`. */
  | 'CONNECTION_LOST'
  /** The client was closed by its own program. */
  | 'CLOSED'
  /** A wait that had a limit of its own came to it. */
  | 'TIMEOUT'
  /** The server, or the runtime, does not have this operation. */
  | 'UNSUPPORTED'
  | 'INVALID_ARGUMENT'
  | 'INVALID_PATH'
  /** The request would not fit into a frame; nothing was sent. */
  | 'FRAME_TOO_LARGE'
  /** Too many calls are waiting already; nothing was sent. */
  | 'QUEUE_FULL'
  /** The server's answer to a read could not be understood. */
  | 'BAD_ANSWER'
  /** The server answered with an error number that this version does not know. */
  | 'UNKNOWN_ERROR';

/** The closed union to switch on: the server's codes and the client's own. */
export type ConclaveErrorCode = Exclude<ErrorCode, 'OK'> | ClientErrorCode;

export interface ConclaveErrorDetails {
  readonly path?: string | undefined;
  /** The version that a conditional write asked for. */
  readonly expectedVersion?: number | undefined;
  /** How far the server had got when it refused. */
  readonly zxid?: number | undefined;
  readonly cause?: unknown;
}

/** Every failure of the SDK. Switch on `code`; the message is for people and may change. */
export class ConclaveError extends Error {
  override readonly name: string = 'ConclaveError';
  readonly code: ConclaveErrorCode;
  readonly path: string | undefined;
  readonly expectedVersion: number | undefined;
  readonly zxid: number | undefined;

  constructor(code: ConclaveErrorCode, message: string, details: ConclaveErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.path = details.path;
    this.expectedVersion = details.expectedVersion;
    this.zxid = details.zxid;
  }

  /**
   * True when the very same call may succeed later and cannot have taken effect now. Never true for
   * OUTCOME_UNKNOWN: trying again could do the same thing twice.
   */
  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}

/** Narrows what was caught, across copies of this package, by name rather than by class. */
export function isConclaveError(error: unknown): error is ConclaveError {
  return (
    error instanceof ConclaveError ||
    (error instanceof Error &&
      (error.name === 'ConclaveError' || error.name === 'MultiError') &&
      'code' in error)
  );
}

const retryableCodes: ReadonlySet<ConclaveErrorCode> = new Set<ConclaveErrorCode>([
  'CONNECTION_LOST',
  'QUEUE_FULL',
  'SESSION_MOVED',
  'THROTTLED_OP',
  'NOT_READ_ONLY',
]);
