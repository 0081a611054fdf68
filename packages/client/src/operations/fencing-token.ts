import { ConclaveError } from '../errors.ts';

/**
 * Proof of a grant that grows with every new holder: the zxid that created the holder's node. A resource that
 * remembers the highest token it has seen and refuses lower ones is safe from holders that do not know yet
 * that they are none any more.
 *
 * A safe integer, as zxids are, so that it compares with `<`, survives JSON, and goes into a BIGINT column as it
 * is; in text it is written in decimal.
 */
export type FencingToken = number & { readonly fencingToken: unique symbol };

/** Who holds the line at `path`: a write that carries it is refused with GRANT_OVER once the grant is over. */
export interface FencingGuard {
  readonly path: string;
  readonly token: FencingToken;
}

/** Takes a token that came from a database, an environment variable or a reply. Throws INVALID_ARGUMENT. */
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
