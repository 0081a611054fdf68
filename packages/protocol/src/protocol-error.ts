export type ProtocolErrorCode =
  | 'TRUNCATED'
  | 'TRAILING_BYTES'
  | 'BAD_LENGTH'
  | 'BAD_BOOLEAN'
  | 'BAD_UTF8'
  | 'LONG_OUT_OF_RANGE'
  | 'FRAME_TOO_LARGE'
  | 'UNKNOWN_OPCODE'
  | 'BAD_RECORD';

/**
 * Bytes from outside that are not what the protocol allows. Thrown for a frame's length, the stream is of no more use;
 * for the record within a frame, the frames behind it can still be read.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
