import { OpCode, ProtocolError, RequestFlag } from '@conclave/protocol';
import type { Connection } from '../connection/connection.ts';
import { ConclaveError } from '../errors.ts';
import { RingBuffer } from '../events/ring-buffer.ts';
import { Call, type CallOwner, pathOf } from './call.ts';

/** The ensemble remembers this many unconfirmed answers for a session; more writes must not be on their way. */
export const WRITES_IN_FLIGHT_MAX = 4096;
const IN_FLIGHT_MAX = 2 * WRITES_IN_FLIGHT_MAX;
/** Calls that wait for a connection or for room. */
export const QUEUED_MAX = 65_536;
const CLASSIC_XID_MAX = 2 ** 31 - 1;

/**
 * The session's requests in the order of their calls: those that wait, then those on their way. Answers come in
 * the order of requests, so that the oldest on its way is the one that is answered next.
 *
 * On a native session a request keeps its number for good: after a reconnection everything on its way is sent
 * again, and the ensemble answers what it did already with the first answer. On ZooKeeper's door nothing tells
 * whether a write happened, so writes end with OUTCOME_UNKNOWN there, and reads get a new number.
 *
 * Invariant: every answer before the oldest request on its way has arrived, or is wanted no more. That is what a
 * request tells the ensemble as `confirmed`.
 */
export class RequestPipeline implements CallOwner {
  #queued = new RingBuffer<Call>();
  #inFlight = new RingBuffer<Call>();
  #withdrawn = 0;
  #writesInFlight = 0;
  #lastXid = 0;
  #syncedBatch = 0;

  /** The oldest request on its way. */
  get oldest(): Call | undefined {
    return this.#inFlight.first();
  }

  get waiting(): boolean {
    return this.#queued.length > 0;
  }

  /** Sends the call, or queues it behind those that wait. */
  submit(call: Call, connection: Connection | undefined): void {
    if (connection !== undefined && this.#queued.length === 0 && this.#hasRoom(call, connection)) {
      this.#send(call, connection);
    } else if (this.#queued.length - this.#withdrawn >= QUEUED_MAX) {
      call.reject(new ConclaveError('QUEUE_FULL', `${QUEUED_MAX} calls are waiting already`));
    } else {
      this.#queued.push(call);
    }
  }

  /** Sends as many of the waiting calls as there is room for. */
  pump(connection: Connection): void {
    for (let call = this.#queued.first(); call !== undefined; call = this.#queued.first()) {
      if (call.settled) {
        this.#queued.shift();
        this.#withdrawn--;
        continue;
      }
      if (!this.#hasRoom(call, connection)) return;
      this.#queued.shift();
      this.#send(call, connection);
    }
  }

  /** Takes the request that an answer numbered `xid` belongs to. Throws `ProtocolError` when it is none. */
  answer(xid: number): Call {
    const call = this.#inFlight.first();
    if (call === undefined || call.xid !== xid) {
      throw new ProtocolError('BAD_RECORD', `an answer to request ${xid}, not to ${call?.xid ?? 'any'}`);
    }
    this.#inFlight.shift();
    if (call.isWrite) this.#writesInFlight--;
    return call;
  }

  /**
   * What was on its way goes back to the front, except for what nobody waits for any more: were an abandoned write
   * sent again, it could still happen long after its caller gave it up.
   */
  handleConnectionLost(native: boolean, lost: ConclaveError): void {
    const calls = this.#inFlight.drain();
    this.#writesInFlight = 0;
    this.#syncedBatch = 0;
    for (const call of calls) {
      if (!native && call.isWrite) call.rejectUnanswered(lost);
      if (call.settled) continue;
      this.#inFlight.push(call);
      if (call.isWrite) this.#writesInFlight++;
    }
  }

  /** Sends again what was on its way when the last connection broke. Nothing else was sent on this one yet. */
  resend(connection: Connection): void {
    const calls = this.#inFlight.drain();
    this.#writesInFlight = 0;
    for (const call of calls) {
      if (!connection.native) call.xid = 0;
      this.#send(call, connection);
    }
  }

  /** Ends every call: the session is over. */
  abandon(lost: ConclaveError): void {
    for (const call of this.#inFlight.drain()) call.rejectUnanswered(lost);
    this.abandonQueued(lost);
    this.#writesInFlight = 0;
  }

  /** Ends the calls that were never sent. */
  abandonQueued(lost: ConclaveError): void {
    for (const call of this.#queued.drain()) call.rejectUnanswered(lost);
    this.#withdrawn = 0;
  }

  /** The number for a request that is sent outside the pipeline and whose answer nobody waits for. */
  takeXid(native: boolean): number {
    this.#lastXid = !native && this.#lastXid === CLASSIC_XID_MAX ? 1 : this.#lastXid + 1;
    return this.#lastXid;
  }

  handleWithdrawn(): void {
    this.#withdrawn++;
    // Calls that come and go while there is no connection must not pile up.
    if (this.#withdrawn > 1024 && this.#withdrawn * 2 > this.#queued.length) {
      for (const call of this.#queued.drain()) if (!call.settled) this.#queued.push(call);
      this.#withdrawn = 0;
    }
  }

  #hasRoom(call: Call, connection: Connection): boolean {
    return (
      this.#inFlight.length < IN_FLIGHT_MAX &&
      (this.#writesInFlight < WRITES_IN_FLIGHT_MAX || !call.isWrite) &&
      !connection.congested
    );
  }

  #send(call: Call, connection: Connection): void {
    if (!connection.native && call.linearizable) this.#sendSync(pathOf(call.request) ?? '/', connection);
    this.#transmit(call, connection);
  }

  /**
   * What stands for a linearizable read on ZooKeeper's door. One sync serves all reads of a batch: it leaves after
   * the last of them was asked for.
   */
  #sendSync(path: string, connection: Connection): void {
    if (this.#syncedBatch === connection.batch) return;
    const sync = new Call({ op: OpCode.sync, path }, false);
    sync.settled = true;
    this.#transmit(sync, connection);
    this.#syncedBatch = connection.batch;
  }

  #transmit(call: Call, connection: Connection): void {
    const { native } = connection;
    const lastXid = this.#lastXid;
    const oldest = this.#inFlight.first();
    const xid = call.xid === 0 ? this.takeXid(native) : call.xid;
    const confirmed = (oldest?.xid ?? xid) - 1;
    const flags = native && call.linearizable ? RequestFlag.linearizable : 0;
    if (!connection.writeRequest(xid, flags, native ? confirmed : 0, call.request)) {
      this.#lastXid = lastXid;
      const path = pathOf(call.request);
      call.reject(new ConclaveError('FRAME_TOO_LARGE', 'the request does not fit into a frame', { path }));
      return;
    }
    call.xid = xid;
    call.sentAt = connection.batchStartedAt;
    this.#inFlight.push(call);
    if (call.isWrite) this.#writesInFlight++;
  }
}
