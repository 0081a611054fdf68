import type { Client, FencingGuard, FencingToken, NodeData, SignalOptions } from '@conclave/client';
import { candidatePrefix, type ElectionLayout } from './contender-name.ts';
import { HeadOfLine } from './head-of-line.ts';
import { type Granted, type JoinOptions, joinLine, type Place } from './line.ts';
import { type LineHolder, readLineHolder, toLineHolder } from './line-holder.ts';
import { LinkedSignal } from './linked-signal.ts';
import { mustBeNative } from './native-only.ts';

/** The options of `election`. */
export interface ElectionOptions {
  /**
   * What the candidate writes into its node about itself, a host name for instance. Observers see it. Default:
   * nothing.
   */
  readonly candidate?: NodeData | undefined;
  /**
   * How the candidates' nodes are named. It matters on paths that are shared with clients of ZooKeeper. Default
   * `curator`.
   */
  readonly layout?: ElectionLayout | undefined;
}

/**
 * Returns the election at `path`. It has one leader at a time, in the order in which the candidates came.
 *
 *     await election(client, '/elections/scheduler', { candidate: hostname() }).lead(
 *       async ({ fencingToken, signal }) => scheduler.run({ fencingToken, signal }),
 *       { signal: shutdown },
 *     );
 *
 * Throws UNSUPPORTED if the session is not with a Conclave server.
 */
export function election(client: Client, path: string, options: ElectionOptions = {}): Election {
  mustBeNative(client, 'election');
  return new Election(client, path, options);
}

/** An election with one leader at a time. */
export class Election {
  /** The path of the election. The candidates are its children. */
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
   * Becomes a candidate and waits until this candidate leads. Missing parents of `path` are created.
   *
   * Rejects with TIMEOUT after `waitMs`, with the reason of the signal when that fires, with SESSION_EXPIRED or
   * CLOSED when the session ends, and with NO_NODE if the candidate's node is deleted by hand. The candidacy is then
   * withdrawn.
   */
  async campaign(options: JoinOptions = {}): Promise<Leadership> {
    const place = { path: this.path, prefix: candidatePrefix(this.#layout) };
    return new Leadership(this.#client, place, await joinLine(this.#client, place, this.#candidate, options));
  }

  /**
   * Campaigns, runs `work` as the leader, and resigns when the work has returned or thrown. Resolves with the result
   * of the work, and rejects with its error, or as `campaign` does. The signal of the work aborts when the leadership
   * is lost and when `options.signal` fires. Work that ignores it may go on while another candidate leads.
   */
  async lead<T>(work: (term: LeadershipTerm) => Promise<T> | T, options: JoinOptions = {}): Promise<T> {
    await using leadership = await this.campaign(options);
    using linked = new LinkedSignal([leadership.signal, options.signal]);
    const { fencingToken, guard, node } = leadership;
    return await work({ fencingToken, guard, node, signal: linked.signal });
  }

  /** Reads which candidate leads, with a linearizable read. Resolves with `null` if there is none. */
  leader(options?: SignalOptions): Promise<LineHolder | null> {
    return readLineHolder(this.#client, this.path, options);
  }

  /**
   * Yields the present leader and then every new one, across reconnections, and `null` while there is none. A slow
   * reader gets the latest leader, not all those before. Leaving the loop ends it. It fails with the reason of the
   * signal when that fires, and with the error of the session when that ends.
   */
  async *observe({ signal }: SignalOptions = {}): AsyncGenerator<LineHolder | null, void, undefined> {
    // The watch is set before the first read, so that no change falls between them.
    await using changes = this.#client.watch(this.path, { kind: 'holder', signal });
    let yielded = await this.leader({ signal });
    yield yielded;
    for await (const change of changes) {
      if (change.type !== 'holderChanged') continue;
      const leader = toLineHolder(change.holder);
      if (leader?.fencingToken === yielded?.fencingToken) continue;
      yielded = leader;
      yield leader;
    }
  }
}

/** What the work of a leader needs. */
export interface LeadershipTerm {
  /** A number that grows with every new leader, for resources that refuse older ones. */
  readonly fencingToken: FencingToken;
  /** For Conclave's own writes, which it makes fail in the same transaction when the leadership is over. */
  readonly guard: FencingGuard;
  /** The path of the candidate's node. */
  readonly node: string;
  /** Aborts when the leadership is over. The reason is a `ConclaveError`, or that of the caller's signal. */
  readonly signal: AbortSignal;
}

/**
 * The leadership that a candidate has won. Leaving its scope (`await using`) resigns, and waits two seconds at most
 * for the ensemble to confirm it.
 */
export class Leadership extends HeadOfLine implements LeadershipTerm {
  /** @internal */
  constructor(client: Client, place: Place, granted: Granted) {
    super(client, place, granted, `the leadership of ${place.path}`);
  }

  /**
   * Aborts `signal`, then gives the leadership up. Resolves when the ensemble has confirmed it or the session is
   * over. Rejects with the reason of the given signal when that fires first; the resignation then goes on in the
   * background. May be called again.
   */
  resign(options?: SignalOptions): Promise<void> {
    return this.giveBack(options);
  }
}
