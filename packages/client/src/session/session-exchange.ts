import {
  type ByteReader,
  ErrorNumber,
  EventType,
  OpCode,
  ProtocolError,
  type ReplyHeader,
  type Request,
  readWatcherEvent,
  SpecialXid,
  ZXID_ZERO,
  type Zxid,
} from '@conclave/protocol';
import type { Chroot } from '../connection/chroot.ts';
import type { Connection } from '../connection/connection.ts';
import type { ConclaveError } from '../errors.ts';
import { callGuarded } from '../events/listeners.ts';
import { SessionWatches } from '../watches/session-watches.ts';
import { unreadableAnswer } from './answer-errors.ts';
import { Call, type Reply } from './call.ts';
import { Credentials } from './credentials.ts';
import { GrantTable } from './grants.ts';
import { RequestPipeline } from './pipeline.ts';
import type { PerformOptions } from './session-options.ts';
import { settleCall } from './settle-call.ts';

/** What a server has ended: this connection, so that another may serve the session, or the session itself. */
export type Refusal = { readonly over: 'connection'; readonly cause: Error } | { readonly over: 'session' };

export interface ExchangeOwner {
  /**
   * A request was answered; called before the caller gets the answer. `provedAt` is when the request was sent, or
   * `undefined` if the answer does not prove that the session was alive then.
   */
  onAnswered(provedAt: number | undefined): void;
  /** A request could not be sent. If an invariant is broken, ends the session and returns its error; else rethrows. */
  onBroken(error: unknown): ConclaveError;
}

/**
 * What a session exchanges with its servers, over one connection after the other: requests and their answers,
 * credentials, and the events and grants that servers send unasked. `Session` decides how a connection is made, and
 * what the exchange means for the life of the session.
 */
export class SessionExchange {
  readonly watches = new SessionWatches();
  readonly grants = new GrantTable();
  readonly #credentials = new Credentials();
  readonly #pipeline = new RequestPipeline();
  readonly #chroot: Chroot;
  readonly #owner: ExchangeOwner;
  #lastZxid: Zxid = ZXID_ZERO;

  constructor(chroot: Chroot, owner: ExchangeOwner) {
    this.#chroot = chroot;
    this.#owner = owner;
  }

  /** The newest zxid of any answer. */
  get lastZxid(): Zxid {
    return this.#lastZxid;
  }

  /** When the oldest request without an answer was sent, or undefined if there is none. */
  get waitingSince(): number | undefined {
    return this.#pipeline.oldest?.sentAt;
  }

  /** Sends the request, or queues it until there is a connection and room. */
  perform(
    request: Request,
    { linearizable, watch, signal }: PerformOptions,
    connection: Connection | undefined,
  ): Promise<Reply> {
    const call = new Call(request, linearizable === true);
    call.watch = watch;
    const promise = call.promise(signal, this.#pipeline);
    try {
      this.#pipeline.submit(call, connection);
    } catch (error) {
      call.rejectUnanswered(this.#owner.onBroken(error));
    }
    return promise;
  }

  /** Shows a credential on this and every later connection. Rejects with AUTH_FAILED if a server refuses it. */
  authenticate(
    scheme: string,
    auth: Uint8Array | null,
    connection: Connection | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return this.#credentials.add(scheme, auth, connection, signal);
  }

  /** Asks the ensemble to end the session, after everything in flight. Calls that were not sent end with `error`. */
  endSession(error: ConclaveError, connection: Connection | undefined): Promise<Reply> {
    this.#pipeline.abandonQueued(error);
    return this.perform({ op: OpCode.closeSession }, {}, connection);
  }

  /** As `endSession`, without waiting for the answer. */
  renounceSession(connection: Connection): void {
    connection.writeRequest(this.#pipeline.takeXid(connection.native), 0, 0, { op: OpCode.closeSession });
  }

  /**
   * `connection` serves the session, and nothing was sent on it yet. Resumes what an earlier connection left undone.
   */
  begin(connection: Connection, isFirst: boolean): void {
    this.#credentials.showAll(connection);
    if (!isFirst) {
      for (const request of this.watches.rearm(connection.native)) {
        connection.writeRequest(SpecialXid.setWatches, 0, 0, request);
      }
      this.#pipeline.resend(connection);
    }
    this.#pipeline.pump(connection);
  }

  /** There is room for more again. */
  handleDrain(connection: Connection): void {
    this.#pipeline.pump(connection);
  }

  /** Handles any frame except the answer to a ping. Throws `ProtocolError` for a frame that cannot come now. */
  handleFrame(connection: Connection, header: ReplyHeader, reader: ByteReader): Refusal | undefined {
    switch (header.xid) {
      case SpecialXid.notification:
        this.#handleEvent(connection, header, reader);
        return undefined;
      case SpecialXid.auth: {
        const refused = this.#credentials.answer(header.error);
        return refused === undefined ? undefined : { over: 'connection', cause: refused };
      }
      case SpecialXid.setWatches:
        if (header.error !== ErrorNumber.OK) {
          return connectionOver(`the server refused to set watches again: error ${header.error}`);
        }
        this.watches.handleRearmed(header.zxid, connection.native);
        return undefined;
      default: {
        const refusal = this.#handleAnswer(connection, header, reader);
        if (refusal === undefined && this.#pipeline.waiting) this.#pipeline.pump(connection);
        return refusal;
      }
    }
  }

  handleConnectionLost(connection: Connection, lost: ConclaveError): void {
    if (lost.cause instanceof ProtocolError) this.#failUnreadable(lost.cause);
    this.watches.handleConnectionLost();
    this.#pipeline.handleConnectionLost(connection.native, lost);
  }

  /** Ends everything that waits, because the session is over. */
  abandon(error: ConclaveError): void {
    this.#pipeline.abandon(error);
    this.#credentials.abandon(error);
    this.watches.clear();
    this.grants.clear();
  }

  #handleEvent({ native }: Connection, header: ReplyHeader, reader: ByteReader): void {
    const { type, path: serverPath } = readWatcherEvent(reader);
    const path = this.#chroot.strip(serverPath);
    if (type === EventType.granted) {
      const grant = { path, zxid: header.zxid };
      for (const callback of this.grants.deliver(grant)) callGuarded(callback, grant);
      return;
    }
    this.watches.handleEvent(type, path, header.zxid > 0 ? header.zxid : undefined, native);
  }

  #handleAnswer({ native }: Connection, header: ReplyHeader, reader: ByteReader): Refusal | undefined {
    // A server that was slow to answer an earlier attempt has taken the session over. The requests in flight are sent
    // again, and the ensemble knows which of them it has done already.
    if (native && header.error === ErrorNumber.SESSION_MOVED) return connectionOver('the session has moved');
    const call = this.#pipeline.answer(header.xid, native);
    if (header.zxid > this.#lastZxid) this.#lastZxid = header.zxid;
    this.watches.handleComplete(header.zxid);
    // A server that is cut off from the others still answers from its own state, which does not prove that the
    // session is alive.
    this.#owner.onAnswered(!native || call.isWrite || call.linearizable ? call.sentAt : undefined);
    if (call.watch !== undefined && !call.settled) {
      this.watches.handleAnswer(call.request, header.error, call.watch);
    }
    settleCall(call, header, reader, this.#chroot);
    if (header.error === ErrorNumber.SESSION_EXPIRED) return { over: 'session' };
    if (header.error === ErrorNumber.SESSION_MOVED) return connectionOver('the session has moved');
    return undefined;
  }

  /** A frame that is too large is the answer to the oldest request. Sending that again would end the same way. */
  #failUnreadable(cause: ProtocolError): void {
    const { oldest } = this.#pipeline;
    if (cause.code === 'FRAME_TOO_LARGE')
      oldest?.reject(unreadableAnswer(oldest.request, oldest.isWrite, cause));
  }
}

function connectionOver(why: string): Refusal {
  return { over: 'connection', cause: new Error(why) };
}
