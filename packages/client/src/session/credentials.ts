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

/** More than any program needs. The limit ends a loop that adds identities without end. */
const CREDENTIALS_MAX = 64;

interface Entry {
  readonly request: AuthRequest;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Whether a server has accepted it. From then on it belongs to the session. */
  isAccepted: boolean;
}

/**
 * The identities of the session. Servers keep identities for each connection, so the client shows all of them again on
 * every new one, before any request that may need them.
 */
export class Credentials {
  readonly #entries: Entry[] = [];
  /** The entries that were shown on the present connection and have no answer yet, in the order of their answers. */
  #unanswered: Entry[] = [];

  /** Adds a credential. If a server refuses it, forgets it and rejects with AUTH_FAILED. */
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
      const problem = `a session can have ${CREDENTIALS_MAX} identities at most`;
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

  /** Shows all credentials. To be called before any request is sent on `connection`. */
  showAll(connection: Connection): void {
    this.#unanswered = [];
    for (const entry of this.#entries) this.#show(entry, connection);
  }

  /**
   * Takes the answer to the oldest credential without one. Returns an error if this server refuses a credential that
   * another server has accepted, because the session then lacks an identity that it had. Throws `ProtocolError` if no
   * credential waits for an answer.
   */
  answer(error: number): ConclaveError | undefined {
    const entry = this.#unanswered.shift();
    if (entry === undefined)
      throw new ProtocolError('BAD_RECORD', 'the server answered a credential that was not shown');
    if (error === ErrorNumber.OK) {
      entry.isAccepted = true;
      entry.resolve();
      return undefined;
    }
    const { scheme } = entry.request;
    const code = errorCodeOf(error);
    const refused = new ConclaveError(
      code === undefined || code === 'OK' ? 'AUTH_FAILED' : code,
      `the server refuses the ${scheme} credential`,
    );
    if (entry.isAccepted) return refused;
    this.#refuse(entry, refused);
    return undefined;
  }

  /** Rejects every credential without an answer, because the session is over. */
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
