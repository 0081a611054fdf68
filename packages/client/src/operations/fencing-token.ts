import { ConclaveError } from '../errors.ts';

/**
 * The number of a grant, which grows with every new holder: the zxid that created the holder's node. A resource that
 * remembers the highest token it has seen and refuses lower ones is safe from former holders that have not noticed yet
 * that their grant is over.
 *
 * It is a safe integer, as zxids are. It can be compared with `<`, survives JSON and fits into a BIGINT column. In text
 * it is written in decimal.
 */
export type FencingToken = number & { readonly fencingToken: unique symbol };

/** A grant that a write depends on. A write with this guard is refused with GRANT_OVER when the grant is over. */
export interface FencingGuard {
  /** The path of the line, such as the path of a lock. */
  readonly path: string;
  /** The token of the grant. */
  readonly token: FencingToken;
}

/**
 * Reads a token that came from a database, an environment variable or a reply. Throws INVALID_ARGUMENT if it is not a
 * whole number from 1 to 2^53 - 1.
 */
export function toFencingToken(value: number | bigint | string): FencingToken {
  const token = typeof value === 'string' ? parseDecimal(value) : Number(value);
  if (!Number.isSafeInteger(token) || token <= 0) {
    throw new ConclaveError('INVALID_ARGUMENT', `${JSON.stringify(String(value))} is not a fencing token`);
  }
  return token as FencingToken;
}

function parseDecimal(text: string): number {
  return /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
}
