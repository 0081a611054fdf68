import {
  isWriteRequest,
  OpCode,
  type Request,
  type Response,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import { ConclaveError } from '../errors.ts';
import type { WatchCallback } from '../watches/watch-registry.ts';
import { type Abortable, listenForAbort, stopListening } from './abort-group.ts';

/** What a call resolves with. */
export interface Reply {
  readonly response: Response;
  /** The transaction of the write, or the last one that the server had applied when it read. */
  readonly zxid: Zxid;
}

/** What keeps the calls that were not sent yet. */
export interface CallOwner {
  /** A call was aborted before it was sent. */
  handleWithdrawn(): void;
}

/**
 * One request, from the caller's promise to the answer. It is its own reply, so that a call costs one object and one
 * promise.
 *
 * An aborted call rejects with the reason of its signal, and is withdrawn if it was not sent yet. A write that was sent
 * is the exception: it may have happened, so it rejects with OUTCOME_UNKNOWN and has the reason as its cause.
 */
export class Call implements Reply, Abortable {
  readonly request: Request;
  /** Whether the answer must be confirmed by a quorum, rather than be the state of one server. */
  readonly linearizable: boolean;
  /** The request's number in the session, or 0 before the request is sent. */
  xid = 0;
  /** When the request was sent on the present connection, on the monotonic clock. */
  sentAt = 0;
  /** Whether the caller has its answer, so that no one waits any more. */
  settled = false;
  zxid: Zxid = ZXID_ZERO;
  /** The watch that the answer sets, before any later frame is read. */
  watch: WatchCallback | undefined;
  #response: Response | undefined;
  #resolve: ((reply: Reply) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #signal: AbortSignal | undefined;
  #owner: CallOwner | undefined;

  constructor(request: Request, linearizable: boolean) {
    this.request = request;
    this.linearizable = linearizable;
  }

  /** Returns the promise of the answer. To be called once. */
  promise(signal: AbortSignal | undefined, owner: CallOwner): Promise<Reply> {
    if (signal !== undefined) {
      this.#signal = signal;
      this.#owner = owner;
      listenForAbort(signal, this);
    }
    return new Promise<Reply>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get response(): Response {
    if (this.#response === undefined) throw new TypeError('the call has no answer yet');
    return this.#response;
  }

  get isWrite(): boolean {
    return isWriteRequest(this.request) || this.request.op === OpCode.closeSession;
  }

  resolve(response: Response, zxid: Zxid): void {
    if (this.settled) return;
    this.#settle();
    this.#response = response;
    this.zxid = zxid;
    this.#resolve?.(this);
  }

  reject(error: unknown): void {
    if (this.settled) return;
    this.#settle();
    this.#reject?.(error);
  }

  /**
   * The connection or the session ended before the answer came. A call that cannot have happened rejects with `lost`.
   */
  rejectUnanswered(lost: ConclaveError): void {
    this.reject(this.isWrite && this.xid !== 0 ? outcomeUnknown(this.request, lost) : lost);
  }

  handleAbort(reason: unknown): void {
    const owner = this.#owner;
    if (this.xid === 0) {
      this.reject(reason);
      owner?.handleWithdrawn();
    } else {
      this.reject(this.isWrite ? outcomeUnknown(this.request, reason) : reason);
    }
  }

  #settle(): void {
    this.settled = true;
    if (this.#signal !== undefined) stopListening(this.#signal, this);
  }
}

export function outcomeUnknown(request: Request, cause: unknown): ConclaveError {
  const path = pathOf(request);
  return new ConclaveError(
    'OUTCOME_UNKNOWN',
    `the write${path === undefined ? '' : ` to ${path}`} was sent, and it is not known whether it happened`,
    { path, cause },
  );
}

/** Returns the path that an error about `request` should name. */
export function pathOf(request: Request): string | undefined {
  if (request.op === OpCode.guarded) return pathOf(request.write);
  return 'path' in request ? request.path : undefined;
}
