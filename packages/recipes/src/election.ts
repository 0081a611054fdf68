import type { Client, FencingGuard, FencingToken, NodeData, SignalOptions } from '@conclave/client';
import { candidatePrefix, type ElectionLayout } from './contender-name.ts';
import { HeadOfLine } from './head-of-line.ts';
import { type Granted, type JoinOptions, joinLine, type Place } from './line.ts';
import { type LineHolder, readLineHolder, toLineHolder } from './line-holder.ts';
import { LinkedSignal } from './linked-signal.ts';
import { mustBeNative } from './native-only.ts';

export interface ElectionOptions {
  /** What the candidate says of itself to those who observe, a host name for instance. Default: nothing. */
  readonly candidate?: NodeData | undefined;
  /** Whose names the candidates bear; matters on paths shared with clients of ZooKeeper. Default `curator`. */
  readonly layout?: ElectionLayout | undefined;
}

/**
 * An office at `path` that one candidate at a time holds, in the order of their candidacies.
 *
 *     await election(client, '/elections/scheduler', { candidate: hostname() }).lead(
 *       async ({ fencingToken, signal }) => scheduler.run({ fencingToken, signal }),
 *       { signal: shutdown },
 *     );
 *
 * Throws UNSUPPORTED when the session is not with a Conclave server.
 */
export function election(client: Client, path: string, options: ElectionOptions = {}): Election {
  mustBeNative(client, 'election');
  return new Election(client, path, options);
}

export class Election {
  readonly path: string;
  readonly #client: Client;
  readonly #layout: ElectionLayout;
  readonly #candidate: NodeData;

  /** @internal */
  constructor(client: Client, path: string, { layout = 'curator', candidate = null }: ElectionOptions) {
    this.path = path;
    this.#client = client;
    this.#layout = layout;
    this.#candidate = candidate;
  }

  /**
   * Stands for the office and waits until it is won. Missing parents of `path` are created. Rejects as
   * `Mutex.acquire` does; the candidacy is withdrawn then.
   */
  async campaign(options: JoinOptions = {}): Promise<Leadership> {
    const place = { path: this.path, prefix: candidatePrefix(this.#layout) };
    return new Leadership(this.#client, place, await joinLine(this.#client, place, this.#candidate, options));
  }

  /**
   * Campaigns, does `work` as the leader, and resigns when it has returned or thrown. The work's signal aborts when
   * the leadership is lost and when `options.signal` fires; work that does not heed it acts without the office.
   */
  async lead<T>(work: (term: LeadershipTerm) => Promise<T> | T, options: JoinOptions = {}): Promise<T> {
    await using leadership = await this.campaign(options);
    using linked = new LinkedSignal([leadership.signal, options.signal]);
    const { fencingToken, guard, node } = leadership;
    return await work({ fencingToken, guard, node, signal: linked.signal });
  }

  /** Who leads, by a linearizable read; `null`: nobody. */
  leader(options?: SignalOptions): Promise<LineHolder | null> {
    return readLineHolder(this.#client, this.path, options);
  }

  /**
   * The leader now and every change of it, across reconnections. A slow reader gets the latest, not all that were.
   * Leaving the loop ends it; it fails with the signal's reason, or the session's error when that is over.
   */
  async *observe({ signal }: SignalOptions = {}): AsyncGenerator<LineHolder | null, void, undefined> {
    // Armed before the first look, so that there is no gap between them.
    await using changes = this.#client.watch(this.path, { kind: 'holder', signal });
    let told = await this.leader({ signal });
    yield told;
    for await (const change of changes) {
      if (change.type !== 'holderChanged') continue;
      const leader = toLineHolder(change.holder);
      if (leader?.fencingToken === told?.fencingToken) continue;
      told = leader;
      yield leader;
    }
  }
}

/** What a leader needs for its work. */
export interface LeadershipTerm {
  /** Grows with every new leader: for resources that refuse older ones. */
  readonly fencingToken: FencingToken;
  /** For Conclave's own writes: refused in the same transaction when the leadership is over. */
  readonly guard: FencingGuard;
  /** The candidate's node. */
  readonly node: string;
  /** Aborts when the leadership is over, as the signal of a `HeldLock` does. */
  readonly signal: AbortSignal;
}

/** The office, won. Leaving its scope (`await using`) resigns, as `HeldLock` releases. */
export class Leadership extends HeadOfLine implements LeadershipTerm {
  /** @internal */
  constructor(client: Client, place: Place, granted: Granted) {
    super(client, place, granted, `the leadership of ${place.path}`);
  }

  /** Aborts `signal`, then gives the office up; as `HeldLock.release`. Idempotent. */
  resign(options?: SignalOptions): Promise<void> {
    return this.giveBack(options);
  }
}
