import {
  type AuthRequest,
  ErrorNumber,
  errorCodeOf,
  OpCode,
  ProtocolError,
  SpecialXid,
} from '@conclave/protocol';
import type { Connection } from '../connection/connection.ts';
import { ConclaveError } from '../errors.ts';

/** More than anybody has identities; a loop that adds them must end. */
const CREDENTIALS_MAX = 64;

interface Entry {
  readonly request: AuthRequest;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** A server has taken it. From then on it belongs to the session. */
  isAccepted: boolean;
}

/**
 * Who the session says that it is. Servers know identities by connection, so that all of them are shown again on
 * every new one, before anything that may need them.
 */
export class Credentials {
  readonly #entries: Entry[] = [];
  /** Those shown on the present connection and not answered yet, in the order of their answers. */
  #unanswered: Entry[] = [];

  /** Rejects with AUTH_FAILED, and forgets it, when a server refuses it. */
  add(
    scheme: string,
    auth: Uint8Array | null,
    connection: Connection | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const known = this.#entries.find(
      ({ request }) => request.scheme === scheme && isSame(request.auth, auth),
    );
    if (known !== undefined) return known.promise;
    if (this.#entries.length >= CREDENTIALS_MAX) {
      const problem = `a session has at most ${CREDENTIALS_MAX} identities`;
      return Promise.reject(new ConclaveError('INVALID_ARGUMENT', problem));
    }
    const entry = entryOf({ op: OpCode.auth, scheme, auth });
    this.#entries.push(entry);
    if (connection !== undefined) this.#show(entry, connection);
    const giveUp = () => this.#refuse(entry, signal?.reason);
    signal?.addEventListener('abort', giveUp);
    const stop = () => signal?.removeEventListener('abort', giveUp);
    entry.promise.then(stop, stop);
    return entry.promise;
  }

  /** To be called when `connection` serves the session, before any request is sent on it. */
  showAll(connection: Connection): void {
    this.#unanswered = [];
    for (const entry of this.#entries) this.#show(entry, connection);
  }

  /**
   * Takes the answer to the oldest one that is not answered. Returns the error when this server refuses what another
   * one took: the session is not what it was there. Throws `ProtocolError` when nothing was asked.
   */
  answer(error: number): ConclaveError | undefined {
    const entry = this.#unanswered.shift();
    if (entry === undefined)
      throw new ProtocolError('BAD_RECORD', 'an answer to credentials that were not shown');
    if (error === ErrorNumber.OK) {
      entry.isAccepted = true;
      entry.resolve();
      return undefined;
    }
    const { scheme } = entry.request;
    const code = errorCodeOf(error);
    const refused = new ConclaveError(
      code === undefined || code === 'OK' ? 'AUTH_FAILED' : code,
      `the server does not accept the ${scheme} credential`,
    );
    if (entry.isAccepted) return refused;
    this.#refuse(entry, refused);
    return undefined;
  }

  /** The session is over. */
  abandon(error: ConclaveError): void {
    this.#unanswered = [];
    for (const entry of this.#entries.splice(0)) entry.reject(error);
  }

  #show(entry: Entry, connection: Connection): void {
    if (connection.writeRequest(SpecialXid.auth, 0, 0, entry.request)) this.#unanswered.push(entry);
    else
      this.#refuse(entry, new ConclaveError('FRAME_TOO_LARGE', 'the credential does not fit into a frame'));
  }

  #refuse(entry: Entry, reason: unknown): void {
    if (entry.isAccepted) return;
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
    entry.reject(reason);
  }
}

function entryOf(request: AuthRequest): Entry {
  let resolve = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((...settlers) => {
    [resolve, reject] = settlers;
  });
  return { request, promise, resolve, reject, isAccepted: false };
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
