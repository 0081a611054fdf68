import {
  type Client,
  ConclaveError,
  type FencingToken,
  isConclaveError,
  type NodeData,
  OpCode,
  toFencingToken,
} from '@conclave/client';
import { toBytes } from './node-bytes.ts';
import { watchPresence } from './presence.ts';
import { onSessionEnd } from './session-end.ts';
import { untilKnown } from './until-known.ts';
import { WaitLimit, type WaitOptions } from './wait-limit.ts';

/** One contender's place in the line at `path`, by the prefix of its node's name. */
export interface Place {
  readonly path: string;
  readonly prefix: string;
}

/** A contender whose turn has come. */
export interface Granted {
  readonly node: string;
  readonly token: FencingToken;
}

/** Where a contender stands that has to wait. */
export interface Queued {
  readonly node: string;
  /** How many stand before it. */
  readonly position: number;
}

export interface JoinOptions extends WaitOptions {
  /** Called once, when the line is not free and the contender has its place in it. */
  readonly onQueued?: ((queued: Queued) => void) | undefined;
}

/**
 * Gets in line and waits for its turn: one request, and a push when the turn has come. It is the ensemble that says
 * whose turn it is; nothing is ever concluded from the nodes.
 *
 * Who gives up waiting leaves the line. That goes on in the background, before anything that this session sends
 * later.
 */
export async function joinLine(
  client: Client,
  place: Place,
  data: NodeData,
  options: JoinOptions,
): Promise<Granted> {
  using limit = new WaitLimit(place.path, options);
  using waiting = new Waiting(client, place);
  const { signal } = limit;
  let mayStand = false;
  try {
    const joining = client.request(
      { op: OpCode.lineJoin, ...place, data: toBytes(data), wait: true },
      { signal },
    );
    const joined = await joining.catch((error: unknown) => {
      mayStand = isUnknown(error);
      throw error;
    });
    mayStand = true;
    const { node, position } = joined;
    if (!joined.granted) {
      options.onQueued?.({ node, position });
      await waiting.untilGranted(node, signal);
    }
    client.session.signal.throwIfAborted();
    return { node, token: toFencingToken(joined.token) };
  } catch (error) {
    if (mayStand) leaveInBackground(client, place);
    throw signal?.aborted ? signal.reason : error;
  }
}

/** As `joinLine` when the line is free; `null`, leaving nothing behind, when it is not. */
export async function joinFreeLine(
  client: Client,
  place: Place,
  data: NodeData,
  options: WaitOptions,
): Promise<Granted | null> {
  using limit = new WaitLimit(place.path, options);
  const { signal } = limit;
  try {
    const joined = await client.request(
      { op: OpCode.lineJoin, ...place, data: toBytes(data), wait: false },
      { signal },
    );
    client.session.signal.throwIfAborted();
    return joined.granted ? { node: joined.node, token: toFencingToken(joined.token) } : null;
  } catch (error) {
    if (isUnknown(error)) leaveInBackground(client, place);
    throw signal?.aborted ? signal.reason : error;
  }
}

export async function leaveLine(client: Client, place: Place): Promise<void> {
  await client.request({ op: OpCode.lineLeave, ...place });
}

function leaveInBackground(client: Client, place: Place): void {
  // Nobody is left to be told of a failure; the place then lasts as long as the session.
  untilKnown(client, () => leaveLine(client, place)).catch(() => {});
}

/** An abort after the request was sent shows as this too. */
function isUnknown(error: unknown): boolean {
  return isConclaveError(error) && error.code === 'OUTCOME_UNKNOWN';
}

/**
 * A contender's wait for its turn. It listens from before the request is sent: the answer may belong to an attempt
 * whose connection broke, and the push that followed may have gone down with it.
 */
class Waiting implements Disposable {
  readonly #client: Client;
  readonly #place: Place;
  readonly #forget: (() => void)[];
  #mayHaveMissedPush = false;
  /** Asks the ensemble where the contender stands; nothing until it has its place. */
  #ask: (() => void) | undefined;

  constructor(client: Client, place: Place) {
    this.#client = client;
    this.#place = place;
    const handleReconnected = () => {
      this.#mayHaveMissedPush = true;
      this.#ask?.();
    };
    this.#forget = [client.onReconnected(handleReconnected)];
  }

  /**
   * Resolves when the contender at `node` is at the head. Rejects with the signal's reason, with the session's when
   * that ends, and with NO_NODE when somebody has deleted the node by hand.
   */
  async untilGranted(node: string, signal: AbortSignal | undefined): Promise<void> {
    const client = this.#client;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const handleAbort = () => reject(signal?.reason);
      const handleRemoved = () => {
        reject(new ConclaveError('NO_NODE', `${node} was deleted while it waited`, { path: node }));
      };
      let isAsking = false;
      this.#ask = () => {
        // A question on its way is sent again by the reconnection itself; one more for each would pile up.
        if (isAsking) return;
        isAsking = true;
        this.#standing().then((standing) => {
          isAsking = false;
          if (standing?.granted) resolve();
          else if (standing?.node === '') handleRemoved();
        }, reject);
      };
      signal?.addEventListener('abort', handleAbort);
      this.#forget.push(
        () => signal?.removeEventListener('abort', handleAbort),
        client.onGranted(node, () => resolve()),
        onSessionEnd(client, reject),
        watchPresence(client, node, handleRemoved),
      );
      if (this.#mayHaveMissedPush) this.#ask();
    });
  }

  [Symbol.dispose](): void {
    this.#ask = undefined;
    for (const forget of this.#forget) forget();
  }

  /** What the connected server has is enough: a grant that it has yet to apply it will push. */
  #standing() {
    const status = { op: OpCode.lineStatus, ...this.#place };
    return untilKnown(this.#client, () => this.#client.request(status, { consistency: 'session' }));
  }
}
