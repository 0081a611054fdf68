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

/** The options of `doubleBarrier`. */
export interface DoubleBarrierOptions {
  /** How many participants must enter before any of them goes on. At least 1, and the same for all of them. */
  readonly parties: number;
  /** What a participant writes into its node about itself, a host name for instance. Default: nothing. */
  readonly participant?: NodeData | undefined;
}

/**
 * Returns the double barrier at `path`, which `parties` participants enter together and leave together, round after
 * round.
 *
 * The ensemble opens the round in the transaction in which the last participant enters, and ends it in the one in
 * which the last participant leaves. So no participant goes on because of a count that is no longer true. A
 * participant leaves when its session ends. The nodes are those of Curator's DistributedDoubleBarrier and kazoo's
 * DoubleBarrier: one ephemeral child for each participant, and `ready` while the round is open.
 *
 *     await using party = await doubleBarrier(client, '/barriers/reindex', { parties: 8 }).enter({ signal });
 *     await reindexShard(shardId, { signal: party.signal });
 *     await party.leave({ signal });
 *
 * Throws UNSUPPORTED if the session is not with a Conclave server, and INVALID_ARGUMENT if `parties` is not a whole
 * number from 1 to 2^31 - 1.
 */
export function doubleBarrier(client: Client, path: string, options: DoubleBarrierOptions): DoubleBarrier {
  mustBeNative(client, 'doubleBarrier');
  const { parties } = options;
  if (!(Number.isInteger(parties) && parties >= 1 && parties < 2 ** 31)) {
    throw new ConclaveError(
      'INVALID_ARGUMENT',
      `parties: ${parties} is not a whole number from 1 to 2^31 - 1`,
      { path },
    );
  }
  return new DoubleBarrier(client, path, options);
}

/** A barrier that a number of participants enter together and leave together. */
export class DoubleBarrier {
  /** The path of the barrier. */
  readonly path: string;
  /** How many participants a round has. */
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
   * Enters the barrier and waits until all participants have entered. Missing parents of `path` are created.
   *
   * Rejects with BARRIER_CLOSED if a round is under way that has all its participants, with TIMEOUT after `waitMs`,
   * with the reason of the signal when that fires, with the error of the session when that ends, and with
   * QUOTA_EXCEEDED if a hard quota leaves no room for the nodes. The participant then leaves. If the round opened at
   * that very moment, the others go on without it.
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
      // It is sent right behind the entry, in the same round trip. If it sees `ready`, that was created after the
      // entry, because an entry after `ready` is refused.
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
      // The caller has its error already, so a failure is not reported. If leaving fails, the participant's node goes
      // when the session ends.
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
 * A participant of an open round. Leaving its scope (`await using`) leaves the barrier, and does not wait for the other
 * participants.
 */
export class BarrierParty implements AsyncDisposable {
  /** The transaction that opened the round. It is the same for all participants, and greater in every later round. */
  readonly round: number;
  /** The path of the participant's node. */
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

  /**
   * Aborts when the participant is no longer inside: when its session is in danger, when it leaves, and within about a
   * second if its node is deleted by hand. The reason is a `ConclaveError`.
   */
  get signal(): AbortSignal {
    return this.#holding.signal;
  }

  /**
   * Aborts `signal`, leaves, and waits until all participants of the round have left. Rejects with TIMEOUT after
   * `waitMs`, with the reason of the signal when that fires, and with the error of the session when that ends. In all
   * these cases this participant has left, or leaves in the background.
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    using limit = new WaitLimit(this.#path, options);
    const { signal } = limit;
    const leaving = this.#holding.leave({ signal });
    // It is sent right behind the leave, in the same round trip. The round is over when `ready` is gone or belongs to a
    // later round.
    const emptied = nodeReaches(this.#client, readyPath(this.#path), (stat) => stat?.czxid !== this.round, {
      signal,
      consistency: 'session',
    });
    await Promise.all([leaving, emptied]);
  }

  /** Leaves, and waits two seconds at most for the ensemble to confirm it. */
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
