import { counterOf, type Zxid } from '@conclave/protocol';

const SAMPLE_EVERY = 256;
const KEPT_MAX = 64;

/**
 * Holds this server's digests at some recent zxids, the same ones on every server, against the leader's.
 * Either side's digest may come first.
 */
export class DigestLog {
  readonly #digests = new Map<Zxid, string>();

  /** Whether the digest at `zxid` is one of those that servers compare. */
  due(zxid: Zxid): boolean {
    return counterOf(zxid) % SAMPLE_EVERY === 0;
  }

  /** Takes one side's digest at `zxid`; false when the other side's is known and differs. */
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

  /** What is known, oldest first. */
  entries(): Iterable<readonly [Zxid, string]> {
    return this.#digests;
  }

  clear(): void {
    this.#digests.clear();
  }
}

/** This server's state is not what the leader's is at the same zxid. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
  readonly code = 'DIVERGED';
  readonly zxid: Zxid;

  constructor(zxid: Zxid) {
    super(`the state at zxid ${zxid} differs from the leader's`);
    this.zxid = zxid;
  }
}
