import { ConclaveError, type FencingToken, toFencingToken } from '@conclave/client';

/**
 * The guard of a resource of one's own: remembers the highest fencing token it has seen and refuses lower ones
 * (Chubby, OSDI 2006, §2.4). One gate guards one resource.
 *
 * It must live where the resource lives, and survive what the resource survives: store `highest` with the data, in the
 * same transaction where there is one, and hand it in again at the start.
 *
 *     const gate = fencingGate(await store.readToken());
 *     gate.admit(request.fencingToken); // throws GRANT_OVER: a newer holder has been here
 */
export function fencingGate(highest?: FencingToken | number | bigint | string | undefined): FencingGate {
  return new FencingGate(highest === undefined ? undefined : toFencingToken(highest));
}

export class FencingGate {
  #highest: FencingToken | undefined;

  /** @internal */
  constructor(highest: FencingToken | undefined) {
    this.#highest = highest;
  }

  /** The highest token admitted; `undefined` before the first. */
  get highest(): FencingToken | undefined {
    return this.#highest;
  }

  /**
   * Lets the holder of this token pass, and from now on nobody with a lower one. Throws GRANT_OVER for a lower token,
   * INVALID_ARGUMENT for what is none.
   */
  admit(token: FencingToken | number | bigint | string): FencingToken {
    const admitted = toFencingToken(token);
    if (this.#highest !== undefined && admitted < this.#highest) {
      throw new ConclaveError(
        'GRANT_OVER',
        `token ${admitted} is older than ${this.#highest}, which was here`,
      );
    }
    this.#highest = admitted;
    return admitted;
  }
}
