import { ConclaveError, type FencingToken, toFencingToken } from '@conclave/client';

/**
 * Returns a gate for a resource of your own. The gate remembers the highest fencing token that it has seen and
 * refuses lower ones (Chubby, OSDI 2006, §2.4). One gate guards one resource.
 *
 * The gate must be where the resource is, and survive what the resource survives. Store `highest` with the data, in
 * the same transaction if there is one, and pass it in again at the start. Throws INVALID_ARGUMENT if `highest` is
 * not a token.
 *
 *     const gate = fencingGate(await store.readToken());
 *     gate.admit(request.fencingToken); // throws GRANT_OVER if a newer holder was here
 */
export function fencingGate(highest?: FencingToken | number | bigint | string | undefined): FencingGate {
  return new FencingGate(highest === undefined ? undefined : toFencingToken(highest));
}

/** A gate that admits a fencing token only if it has admitted no higher one. */
export class FencingGate {
  #highest: FencingToken | undefined;

  /** @internal */
  constructor(highest: FencingToken | undefined) {
    this.#highest = highest;
  }

  /** The highest token that was admitted, or undefined before the first. */
  get highest(): FencingToken | undefined {
    return this.#highest;
  }

  /**
   * Admits this token, and from now on no lower one. Returns the token. Throws GRANT_OVER if a higher token was
   * admitted before, and INVALID_ARGUMENT if the value is not a token.
   */
  admit(token: FencingToken | number | bigint | string): FencingToken {
    const admitted = toFencingToken(token);
    if (this.#highest !== undefined && admitted < this.#highest) {
      throw new ConclaveError(
        'GRANT_OVER',
        `token ${admitted} is older than ${this.#highest}, which was admitted before`,
      );
    }
    this.#highest = admitted;
    return admitted;
  }
}
