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

/** The place of one contender in the line at `path`. The prefix of its node's name identifies it. */
export interface Place {
  readonly path: string;
  readonly prefix: string;
}

/** A contender that has reached the head of its line. */
export interface Granted {
  /** The path of its node. */
  readonly node: string;
  readonly token: FencingToken;
}

/** The place of a contender that has to wait. */
export interface Queued {
  /** The path of the contender's node. */
  readonly node: string;
  /** How many contenders are ahead of it. */
  readonly position: number;
}

/** The options of a call that waits in a line: `Mutex.acquire`, `Election.campaign` and `Election.lead`. */
export interface JoinOptions extends WaitOptions {
  /** Called once, when the contender has its place in the line and has to wait. Not called if the line is free. */
  readonly onQueued?: ((queued: Queued) => void) | undefined;
}

/**
 * Joins the line and waits until this contender is at its head: one request, and one push from the server. The
 * ensemble decides which contender is at the head; the client never concludes it from the nodes.
 *
 * A contender that gives up leaves the line. That goes on in the background, ahead of everything that this session
 * sends later.
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

/** As `joinLine` if the line is free. Otherwise resolves with `null`, and no node is left in the line. */
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
  // The caller has already given up, so a failure is not reported. If leaving fails, the place goes when the session
  // ends.
  untilKnown(client, () => leaveLine(client, place)).catch(() => {});
}

/** Returns whether the contender may be in the line. That is also so if the call was aborted after it was sent. */
function isUnknown(error: unknown): boolean {
  return isConclaveError(error) && error.code === 'OUTCOME_UNKNOWN';
}

/**
 * The wait of a contender in its line. It listens for reconnections before the request is sent, because the answer may
 * belong to an attempt whose connection broke, and the push that followed may have been lost with that connection.
 */
class Waiting implements Disposable {
  readonly #client: Client;
  readonly #place: Place;
  readonly #forget: (() => void)[];
  #mayHaveMissedPush = false;
  /** Asks the ensemble for the contender's position. Undefined before the contender has its place. */
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
   * Resolves when the contender at `node` is at the head. Rejects with the reason of the signal when that fires, with
   * the error of the session when that ends, and with NO_NODE if the node is deleted by hand.
   */
  async untilGranted(node: string, signal: AbortSignal | undefined): Promise<void> {
    const client = this.#client;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const handleAbort = () => reject(signal?.reason);
      const handleRemoved = () => {
        reject(
          new ConclaveError('NO_NODE', `${node} was deleted while it waited in the line`, { path: node }),
        );
      };
      let isAsking = false;
      this.#ask = () => {
        // The reconnection itself sends a question without an answer again. One more for each reconnection would pile
        // up.
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

  /** The state of the connected server is recent enough, because it will push a grant that it has yet to apply. */
  #standing() {
    const status = { op: OpCode.lineStatus, ...this.#place };
    return untilKnown(this.#client, () => this.#client.request(status, { consistency: 'session' }));
  }
}
