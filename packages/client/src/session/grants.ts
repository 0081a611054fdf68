import { InvariantError, type Zxid } from '@conclave/protocol';

/** The contender at `path` has reached the head of its line. */
export interface Grant {
  readonly path: string;
  /** The transaction that made it the holder. */
  readonly zxid: Zxid;
}

export type GrantCallback = (grant: Grant) => void;

/** Grants nobody has asked for yet; beyond this many the oldest are forgotten. */
const UNCLAIMED_MAX = 4096;

/**
 * Hands pushed grants to whoever waits for them. A grant can arrive right behind the answer that told the
 * contender's name, before the caller had a turn to listen for it: such grants are kept until they are asked for.
 */
export class GrantTable {
  readonly #callbacks = new Map<string, Set<GrantCallback>>();
  readonly #unclaimed = new Map<string, Grant>();

  /** Who is to hear of the grant; when nobody is, it is kept. */
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

  /** The grant that came before anybody listened, once. */
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
