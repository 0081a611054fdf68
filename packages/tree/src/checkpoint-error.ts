export type CheckpointErrorCode =
  /** A row that cannot be read, or is there twice. */
  | 'BAD_ROW'
  /** The row that tells what the others add up to is missing. */
  | 'META_MISSING'
  /** A znode without its parent, an ephemeral without its session, or not as many rows as there should be. */
  | 'INCOMPLETE'
  /** The checkpoint stands at another zxid than the one asked for. */
  | 'ZXID_MISMATCH'
  /** All rows are there, and yet the state is not what was saved. */
  | 'DIGEST_MISMATCH';

/** A checkpoint that must not be used. Retrying does not help: the state has to come from elsewhere. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code: CheckpointErrorCode;
  /** The row at fault, where it is one. */
  readonly key: string | undefined;

  constructor(code: CheckpointErrorCode, message: string, key?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.key = key;
  }
}
