export type CheckpointErrorCode =
  /** A row cannot be read, or occurs twice. */
  | 'BAD_ROW'
  /** The row with the totals of all the other rows is missing. */
  | 'META_MISSING'
  /** A znode has no parent, an ephemeral has no session, or the number of rows is wrong. */
  | 'INCOMPLETE'
  /** The checkpoint stands at another zxid than the one asked for. */
  | 'ZXID_MISMATCH'
  /** All rows are present, but the state is not the one that was saved. */
  | 'DIGEST_MISMATCH';

/** A checkpoint that must not be used. A retry does not help, because the state has to come from another source. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code: CheckpointErrorCode;
  /** The row at fault, if it is a single one. */
  readonly key: string | undefined;

  constructor(code: CheckpointErrorCode, message: string, key?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.key = key;
  }
}
