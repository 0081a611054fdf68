/** The ways in which bytes can be wrong. */
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
 * Bytes from outside that are not what the protocol allows. If the length of a frame is wrong, the rest of the stream
 * cannot be read. If the record within a frame is wrong, the frames behind it still can.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
