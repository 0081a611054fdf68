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
  /** The transaction of the write, or the last one the server had applied when it read. */
  readonly zxid: Zxid;
}

/** Who must hear that a call was given up before it was sent. */
export interface CallOwner {
  handleWithdrawn(): void;
}

/**
 * One request from the caller's promise to the answer. It is its own reply, so that a call costs one
 * object and one promise.
 *
 * Aborting: what was not sent yet is withdrawn and rejects with the signal's reason, as does a read; a write that
 * was sent may have happened and rejects with OUTCOME_UNKNOWN, whose cause is the reason.
 */
export class Call implements Reply, Abortable {
  readonly request: Request;
  /** Must not be answered from what one server happens to know. */
  readonly linearizable: boolean;
  /** The request's number in the session; 0 until it is sent. */
  xid = 0;
  /** On the monotonic clock, when the request left for the current connection. */
  sentAt = 0;
  /** Nobody waits any more. */
  settled = false;
  zxid: Zxid = ZXID_ZERO;
  /** Armed by the answer, before anything that comes after it is read. */
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

  /** The promise of the answer; asked for once. */
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
    if (this.#response === undefined) throw new TypeError('the call has not been answered');
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

  /** The connection or the session went before the answer came. `lost` is what a read is told. */
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
    `the write${path === undefined ? '' : ` to ${path}`} was sent, and whether it happened is not known`,
    { path, cause },
  );
}

/** The path that an error about `request` should name. */
export function pathOf(request: Request): string | undefined {
  if (request.op === OpCode.guarded) return pathOf(request.write);
  return 'path' in request ? request.path : undefined;
}
