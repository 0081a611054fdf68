import { counterOf, type Zxid } from '@conclave/protocol';

const SAMPLE_EVERY = 256;
const KEPT_MAX = 64;

/**
 * Compares this server's digests with those of the leader, at some recent zxids that are the same on every server. Either
 * digest of a pair may come first.
 */
export class DigestLog {
  readonly #digests = new Map<Zxid, string>();

  /** Whether servers compare their digests at `zxid`. */
  due(zxid: Zxid): boolean {
    return counterOf(zxid) % SAMPLE_EVERY === 0;
  }

  /** Takes one digest of the pair at `zxid`. Returns false if the other is known and differs. */
  agree(zxid: Zxid, digest: string): boolean {
    const known = this.#digests.get(zxid);
    if (known !== undefined) return known === digest;
    this.#digests.set(zxid, digest);
    if (this.#digests.size > KEPT_MAX) {
      const [oldest] = this.#digests.keys();
      if (oldest !== undefined) this.#digests.delete(oldest);
    }
    return true;
  }

  /** The known digests, oldest first. */
  entries(): Iterable<readonly [Zxid, string]> {
    return this.#digests;
  }

  clear(): void {
    this.#digests.clear();
  }
}

/** This server's state differs from the leader's at the same zxid. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  readonly code = 'DIVERGED';
  readonly zxid: Zxid;

  constructor(zxid: Zxid) {
    super(`the state at zxid ${zxid} differs from the leader's`);
    this.zxid = zxid;
  }
}
