import type { Client, NodeData, SignalOptions } from '@conclave/client';
import { type LockLayout, lockPrefix } from './contender-name.ts';
import { HeadOfLine } from './head-of-line.ts';
import { type Granted, type JoinOptions, joinFreeLine, joinLine, type Place } from './line.ts';
import { type LineHolder, readLineHolder } from './line-holder.ts';
import { mustBeNative } from './native-only.ts';
import type { WaitOptions } from './wait-limit.ts';

export interface MutexOptions {
  /** Whose names the contenders bear; matters on paths shared with clients of ZooKeeper. Default `curator`. */
  readonly layout?: LockLayout | undefined;
  /** What the contender says of itself to whoever asks for the holder. Default: nothing. */
  readonly owner?: NodeData | undefined;
}

/**
 * A lock at `path`, granted in the order of asking. Not re-entrant: who holds it and acquires it again waits for
 * itself.
 *
 *     await using held = await mutex(client, '/locks/billing').acquire({ signal, waitMs: 5_000 });
 *     await ledger.append(entry, { fencingToken: held.fencingToken, signal: held.signal });
 *
 * Throws UNSUPPORTED when the session is not with a Conclave server.
 */
export function mutex(client: Client, path: string, options: MutexOptions = {}): Mutex {
  mustBeNative(client, 'mutex');
  return new Mutex(client, path, options);
}

export class Mutex {
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
   * Rejects with TIMEOUT after `waitMs`, with the signal's reason when that fires, with SESSION_EXPIRED or CLOSED when
   * the session ends, with NO_NODE when somebody deletes the waiting node by hand. Nothing is left in line then.
   */
  async acquire(options: JoinOptions = {}): Promise<HeldLock> {
    const place = this.#newPlace();
    return new HeldLock(this.#client, place, await joinLine(this.#client, place, this.#owner, options));
  }

  /** The lock if it is free now, else `null`. `waitMs` limits the wait for an answer, not for the lock. */
  async tryAcquire(options: WaitOptions = {}): Promise<HeldLock | null> {
    const place = this.#newPlace();
    const granted = await joinFreeLine(this.#client, place, this.#owner, options);
    return granted === null ? null : new HeldLock(this.#client, place, granted);
  }

  /** Who holds the lock; `null`: nobody. */
  holder(options?: SignalOptions): Promise<LineHolder | null> {
    return readLineHolder(this.#client, this.path, options);
  }

  #newPlace(): Place {
    return { path: this.path, prefix: lockPrefix(this.#layout) };
  }
}

/**
 * A lock that is held. Leaving its scope (`await using`) releases it, and waits no longer than two seconds for
 * the ensemble to confirm.
 */
export class HeldLock extends HeadOfLine {
  /** @internal */
  constructor(client: Client, place: Place, granted: Granted) {
    super(client, place, granted, `the lock ${place.path}`);
  }

  /**
   * Aborts `signal`, then gives the lock back. Resolves when the ensemble has confirmed it or the session is over;
   * when the given signal ends the wait the release goes on. Idempotent.
   */
  release(options?: SignalOptions): Promise<void> {
    return this.giveBack(options);
  }
}
