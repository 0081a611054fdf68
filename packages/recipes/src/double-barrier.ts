import {
  type Client,
  ConclaveError,
  isConclaveError,
  joinPath,
  type NodeData,
  OpCode,
} from '@conclave/client';
import { Holding } from './holding.ts';
import { LinkedSignal } from './linked-signal.ts';
import { mustBeNative } from './native-only.ts';
import { toBytes } from './node-bytes.ts';
import { nodeReaches } from './node-wait.ts';
import { uniqueNameHyphenated } from './unique-name.ts';
import { untilKnown } from './until-known.ts';
import { WaitLimit, type WaitOptions } from './wait-limit.ts';

export interface DoubleBarrierOptions {
  /** How many must have entered before any of them goes on: 1 or more, the same for all. */
  readonly parties: number;
  /** What a participant says of itself, in its node. Default: nothing. */
  readonly participant?: NodeData | undefined;
}

/**
 * A barrier at `path` that `parties` participants enter together and leave together, round after round.
 *
 * The ensemble opens the round in the transaction by which the last one enters, and ends it in the one by which the
 * last one leaves, so that nobody goes on by a count that is no longer true. A participant whose session ends has left.
 * The nodes are those of Curator's DistributedDoubleBarrier and kazoo's DoubleBarrier: one ephemeral child for each
 * participant, and `ready` while the round is open.
 *
 *     await using party = await doubleBarrier(client, '/barriers/reindex', { parties: 8 }).enter({ signal });
 *     await reindexShard(shardId, { signal: party.signal });
 *     await party.leave({ signal });
 *
 * Throws UNSUPPORTED when the session is not with a Conclave server, INVALID_ARGUMENT for impossible `parties`.
 */
export function doubleBarrier(client: Client, path: string, options: DoubleBarrierOptions): DoubleBarrier {
  mustBeNative(client, 'doubleBarrier');
  const { parties } = options;
  if (!(Number.isInteger(parties) && parties >= 1 && parties < 2 ** 31)) {
    throw new ConclaveError('INVALID_ARGUMENT', `parties: ${parties} is not a whole number from 1`, { path });
  }
  return new DoubleBarrier(client, path, options);
}

export class DoubleBarrier {
  readonly path: string;
  readonly parties: number;
  readonly #client: Client;
  readonly #participant: NodeData;

  /** @internal */
  constructor(client: Client, path: string, { parties, participant = null }: DoubleBarrierOptions) {
    this.path = path;
    this.parties = parties;
    this.#client = client;
    this.#participant = participant;
  }

  /**
   * Comes to the barrier and waits until all have come. Missing parents of `path` are created.
   *
   * Rejects with BARRIER_CLOSED when a round is under way that has all its participants; with TIMEOUT, the signal's
   * reason or the session's error when the wait ends early. The participant leaves then; if the round has opened
   * in that very moment, the others go on with one less.
   */
  async enter(options: WaitOptions = {}): Promise<BarrierParty> {
    using limit = new WaitLimit(this.path, options);
    using looking = new LinkedSignal([limit.signal]);
    const client = this.#client;
    const place = { path: this.path, name: uniqueNameHyphenated() };
    const { parties } = this;
    let mayStand = false;
    try {
      const entering = client.request(
        { op: OpCode.barrierEnter, ...place, parties, data: toBytes(this.#participant) },
        { signal: limit.signal },
      );
      // Right behind it, in the same trip. `ready` can be seen by it only if it was made after the entry: before, the
      // entry is refused.
      const opening = nodeReaches(client, readyPath(this.path), (stat) => stat !== null, {
        signal: looking.signal,
        consistency: 'session',
      });
      opening.catch(() => {});
      const entered = await entering.catch((error: unknown) => {
        mayStand = isConclaveError(error) && error.code === 'OUTCOME_UNKNOWN';
        throw error;
      });
      mayStand = true;
      const round = entered.opened > 0 ? entered.opened : ((await opening)?.czxid ?? 0);
      client.session.signal.throwIfAborted();
      return new BarrierParty(client, place, round);
    } catch (error) {
      // Nobody is left to be told of a failure; the participant's node then lasts as long as the session.
      if (mayStand) untilKnown(client, () => leaveBarrier(client, place)).catch(() => {});
      throw limit.signal?.aborted ? limit.signal.reason : error;
    } finally {
      looking.abort(undefined);
    }
  }
}

interface ParticipantPlace {
  readonly path: string;
  readonly name: string;
}

/**
 * A participant in an open round. Leaving its scope (`await using`) leaves the barrier without waiting for the others.
 */
export class BarrierParty implements AsyncDisposable {
  /** The transaction that opened the round: the same for all its participants, and greater in every later round. */
  readonly round: number;
  /** The participant's node. */
  readonly node: string;
  readonly #client: Client;
  readonly #path: string;
  readonly #holding: Holding;

  /** @internal */
  constructor(client: Client, place: ParticipantPlace, round: number) {
    this.round = round;
    this.node = joinPath(place.path, place.name);
    this.#client = client;
    this.#path = place.path;
    const what = `the place in the barrier ${place.path}`;
    const leave = () => leaveBarrier(client, place);
    this.#holding = new Holding(client, { what, node: this.node, leave });
  }

  /** Aborts when the participant is inside no more, for the reasons for which the signal of a `HeldLock` does. */
  get signal(): AbortSignal {
    return this.#holding.signal;
  }

  /**
   * Aborts `signal`, leaves, and waits until all participants of the round have left. Rejects with TIMEOUT after
   * `waitMs`, with the signal's reason, or with the session's error when that is over; this participant has left
   * all the same, or does so in the background.
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    using limit = new WaitLimit(this.#path, options);
    const { signal } = limit;
    const leaving = this.#holding.leave({ signal });
    // Right behind it, in the same trip. The round is over when `ready` is gone, or belongs to a later round.
    const emptied = nodeReaches(this.#client, readyPath(this.#path), (stat) => stat?.czxid !== this.round, {
      signal,
      consistency: 'session',
    });
    await Promise.all([leaving, emptied]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#holding.dispose();
  }
}

async function leaveBarrier(client: Client, place: ParticipantPlace): Promise<void> {
  await client.request({ op: OpCode.barrierLeave, ...place });
}

function readyPath(path: string): string {
  return joinPath(path, 'ready');
}
