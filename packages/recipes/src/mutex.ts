import type { Client, NodeData, SignalOptions } from '@conclave/client';
import { type LockLayout, lockPrefix } from './contender-name.ts';
import { HeadOfLine } from './head-of-line.ts';
import { type Granted, type JoinOptions, joinFreeLine, joinLine, type Place } from './line.ts';
import { type LineHolder, readLineHolder } from './line-holder.ts';
import { mustBeNative } from './native-only.ts';
import type { WaitOptions } from './wait-limit.ts';

/** The options of `mutex`. */
export interface MutexOptions {
  /**
   * How the contenders' nodes are named. It matters on paths that are shared with clients of ZooKeeper. Default
   * `curator`.
   */
  readonly layout?: LockLayout | undefined;
  /** What the contender writes into its node about itself. `Mutex.holder` returns it. Default: nothing. */
  readonly owner?: NodeData | undefined;
}

/**
 * Returns the lock at `path`. It is granted in the order of the requests. It is not re-entrant: a holder that
 * acquires it again waits for itself.
 *
 *     await using held = await mutex(client, '/locks/billing').acquire({ signal, waitMs: 5_000 });
 *     await ledger.append(entry, { fencingToken: held.fencingToken, signal: held.signal });
 *
 * Throws UNSUPPORTED if the session is not with a Conclave server.
 */
export function mutex(client: Client, path: string, options: MutexOptions = {}): Mutex {
  mustBeNative(client, 'mutex');
  return new Mutex(client, path, options);
}

/** A lock that one contender at a time holds. */
export class Mutex {
  /** The path of the lock. The contenders are its children. */
  readonly path: string;
  readonly #client: Client;
  readonly #layout: LockLayout;
  readonly #owner: NodeData;

  /** @internal */
  constructor(client: Client, path: string, { layout = 'curator', owner = null }: MutexOptions) {
    this.path = path;
    this.#client = client;
    this.#layout = layout;
    this.#owner = owner;
  }

  /**
   * Waits for the lock. Missing parents of `path` are created.
   *
   * Rejects with TIMEOUT after `waitMs`, with the reason of the signal when that fires, with SESSION_EXPIRED or
   * CLOSED when the session ends, and with NO_NODE if the node of the waiting contender is deleted by hand. The
   * contender then leaves the line.
   */
  async acquire(options: JoinOptions = {}): Promise<HeldLock> {
    const place = this.#newPlace();
    return new HeldLock(this.#client, place, await joinLine(this.#client, place, this.#owner, options));
  }

  /**
   * Acquires the lock if it is free now, and otherwise resolves with `null`. `waitMs` limits the wait for the answer
   * of the ensemble. Rejects as `acquire` does.
   */
  async tryAcquire(options: WaitOptions = {}): Promise<HeldLock | null> {
    const place = this.#newPlace();
    const granted = await joinFreeLine(this.#client, place, this.#owner, options);
    return granted === null ? null : new HeldLock(this.#client, place, granted);
  }

  /** Reads which contender holds the lock, with a linearizable read. Resolves with `null` if it is free. */
  holder(options?: SignalOptions): Promise<LineHolder | null> {
    return readLineHolder(this.#client, this.path, options);
  }

  #newPlace(): Place {
    return { path: this.path, prefix: lockPrefix(this.#layout) };
  }
}

/**
 * A lock that is held. Leaving its scope (`await using`) releases it, and waits two seconds at most for the ensemble to
 * confirm it.
 */
export class HeldLock extends HeadOfLine {
  /** @internal */
  constructor(client: Client, place: Place, granted: Granted) {
    super(client, place, granted, `the lock ${place.path}`);
  }

  /**
   * Aborts `signal`, then gives the lock back. Resolves when the ensemble has confirmed it or the session is over.
   * Rejects with the reason of the given signal when that fires first; the release then goes on in the background.
   * May be called again.
   */
  release(options?: SignalOptions): Promise<void> {
    return this.giveBack(options);
  }
}
