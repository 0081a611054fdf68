import { InvariantError, type Zxid } from '@conclave/protocol';

/** The contender at `path` has reached the head of its line. */
export interface Grant {
  /** The path of the contender's node. */
  readonly path: string;
  /** The transaction that made the contender the holder. */
  readonly zxid: Zxid;
}

/** Called when a contender reaches the head of its line. */
export type GrantCallback = (grant: Grant) => void;

/** The number of grants that are kept until a caller asks for them. Beyond it the oldest are forgotten. */
const UNCLAIMED_MAX = 4096;

/**
 * Hands pushed grants to the callbacks that wait for them. A grant can arrive right behind the answer that has the
 * contender's name, before the caller could listen for it. Such grants are kept until the caller asks for them.
 */
export class GrantTable {
  readonly #callbacks = new Map<string, Set<GrantCallback>>();
  readonly #unclaimed = new Map<string, Grant>();

  /** Returns the callbacks to call. Keeps the grant if there are none. */
  deliver(grant: Grant): readonly GrantCallback[] {
    const callbacks = this.#callbacks.get(grant.path);
    if (callbacks !== undefined) {
      if (callbacks.size === 0)
        throw new InvariantError(`no callback is left for the grant of ${grant.path}`);
      return [...callbacks];
    }
    if (this.#unclaimed.size >= UNCLAIMED_MAX) {
      const [oldest] = this.#unclaimed.keys();
      if (oldest !== undefined) this.#unclaimed.delete(oldest);
    }
    this.#unclaimed.set(grant.path, grant);
    if (this.#unclaimed.size > UNCLAIMED_MAX)
      throw new InvariantError(`${this.#unclaimed.size} unclaimed grants`);
    return [];
  }

  listen(path: string, callback: GrantCallback): void {
    const callbacks = this.#callbacks.get(path);
    if (callbacks === undefined) this.#callbacks.set(path, new Set([callback]));
    else callbacks.add(callback);
  }

  /** Takes the grant that came before any callback listened. Returns it once. */
  claim(path: string): Grant | undefined {
    const grant = this.#unclaimed.get(path);
    this.#unclaimed.delete(path);
    return grant;
  }

  unlisten(path: string, callback: GrantCallback): void {
    const callbacks = this.#callbacks.get(path);
    if (callbacks?.delete(callback) && callbacks.size === 0) this.#callbacks.delete(path);
  }

  clear(): void {
    this.#callbacks.clear();
    this.#unclaimed.clear();
  }
}
