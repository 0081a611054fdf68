import type { ErrorCode } from '@conclave/protocol';

/**
 * The codes of errors that arise in the client.
 *
 * - `OUTCOME_UNKNOWN`: a write was sent and no answer will come, so it may have happened or not. Look before trying
 *   again.
 * - `CONNECTION_LOST`: no server could be reached within `connectTimeoutMs`.
 * - `CLOSED`: the program has closed the client.
 * - `TIMEOUT`: a wait with a limit of its own has reached the limit.
 * - `UNSUPPORTED`: the server or the runtime does not have this operation.
 * - `INVALID_ARGUMENT`: an argument or option has a wrong value. Nothing was sent.
 * - `INVALID_PATH`: a path breaks the rules for paths. Nothing was sent.
 * - `FRAME_TOO_LARGE`: the request does not fit into a frame. Nothing was sent.
 * - `QUEUE_FULL`: too many calls are waiting already. Nothing was sent.
 * - `BAD_ANSWER`: the server's answer to a read could not be decoded.
 * - `UNKNOWN_ERROR`: the server answered with an error number that this version does not know.
 */
export type ClientErrorCode =
  | 'OUTCOME_UNKNOWN'
  | 'CONNECTION_LOST'
  | 'CLOSED'
  | 'TIMEOUT'
  | 'UNSUPPORTED'
  | 'INVALID_ARGUMENT'
  | 'INVALID_PATH'
  | 'FRAME_TOO_LARGE'
  | 'QUEUE_FULL'
  | 'BAD_ANSWER'
  | 'UNKNOWN_ERROR';

/** All codes of a `ConclaveError`: those of the server and those of the client. It is a closed union to switch on. */
export type ConclaveErrorCode = Exclude<ErrorCode, 'OK'> | ClientErrorCode;

/** What a `ConclaveError` knows besides its code and its message. */
export interface ConclaveErrorDetails {
  /** The path that the failed call was about. */
  readonly path?: string | undefined;
  /** The version that a conditional write asked for. */
  readonly expectedVersion?: number | undefined;
  /** The last transaction that the server had applied when it refused the call. */
  readonly zxid?: number | undefined;
  /** The error or the abort reason behind this error. */
  readonly cause?: unknown;
}

/** Every failure of the SDK. Switch on `code`; the message is for people and may change. */
export class ConclaveError extends Error {
  /** `ConclaveError`, or `MultiError` for a refused transaction. */
  override readonly name: string = 'ConclaveError';
  /** What went wrong. */
  readonly code: ConclaveErrorCode;
  /** The path that the failed call was about, if it was about one. */
  readonly path: string | undefined;
  /** The version that a conditional write asked for. */
  readonly expectedVersion: number | undefined;
  /** The last transaction that the server had applied when it refused the call. */
  readonly zxid: number | undefined;

  /** Makes an error with this code. */
  constructor(code: ConclaveErrorCode, message: string, details: ConclaveErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.path = details.path;
    this.expectedVersion = details.expectedVersion;
    this.zxid = details.zxid;
  }

  /**
   * Whether the same call may succeed later and has certainly not taken effect now. It is never true for
   * OUTCOME_UNKNOWN, because trying again could do the same thing twice.
   */
  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}

/**
 * Whether `error` is a `ConclaveError`. It goes by the name rather than the class, so that it also recognises the
 * errors of another copy of this package.
 */
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
