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

/** Bytes from outside that are not what the protocol allows. The stream they came from is of no more use. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
