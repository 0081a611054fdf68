import { InvariantError, OpCode, ProtocolError, RequestFlag } from '@conclave/protocol';
import type { Connection } from '../connection/connection.ts';
import { ConclaveError } from '../errors.ts';
import { RingBuffer } from '../events/ring-buffer.ts';
import { Call, type CallOwner, pathOf } from './call.ts';

/** The ensemble remembers this many unconfirmed answers for a session, so no more writes may be in flight. */
export const WRITES_IN_FLIGHT_MAX = 4096;
const IN_FLIGHT_MAX = 2 * WRITES_IN_FLIGHT_MAX;
/** The number of calls that may wait for a connection or for room. */
export const QUEUED_MAX = 65_536;
const CLASSIC_XID_MAX = 2 ** 31 - 1;

/** What the pipeline needs of the connection that serves the session. */
export type PipelineConnection = Pick<
  Connection,
  'native' | 'congested' | 'batch' | 'batchStartedAt' | 'writeRequest'
>;

/**
 * The session's requests in the order of their calls: those that wait, then those in flight. Answers come in the
 * order of the requests, so the oldest request in flight is answered next.
 *
 * On a native session a request keeps its number for good. After a reconnection everything in flight is sent again,
 * and the ensemble sends its first answer again for what it has done already. On ZooKeeper's door there is no way to
 * learn whether a write happened, so there a write ends with OUTCOME_UNKNOWN and a read gets a new number.
 *
 * Invariant: every answer before the oldest request in flight has arrived, or no caller waits for it. Each request
 * carries the number before the oldest one as `confirmed`, so that the ensemble can forget those answers.
 */
export class RequestPipeline implements CallOwner {
  #queued = new RingBuffer<Call>();
  #inFlight = new RingBuffer<Call>();
  #withdrawn = 0;
  #writesInFlight = 0;
  #lastXid = 0;
  #syncedBatch = 0;
  /** The number of the request that was sent last on the present connection. */
  #sentXid = 0;
  /** The number of the request that was answered last. `answeredXid < xid` for every request in flight. */
  #answeredXid = 0;

  /** The oldest request in flight. */
  get oldest(): Call | undefined {
    return this.#inFlight.first();
  }

  get waiting(): boolean {
    return this.#queued.length > 0;
  }

  /** Sends the call, or queues it behind those that wait. */
  submit(call: Call, connection: PipelineConnection | undefined): void {
    if (connection !== undefined && this.#queued.length === 0 && this.#hasRoom(call, connection)) {
      this.#send(call, connection);
    } else if (this.#queued.length - this.#withdrawn >= QUEUED_MAX) {
      call.reject(new ConclaveError('QUEUE_FULL', `${QUEUED_MAX} calls are already waiting`));
    } else {
      this.#dropWithdrawn();
      this.#queued.push(call);
      this.#mustCountRight();
    }
  }

  /** Sends as many of the waiting calls as there is room for. */
  pump(connection: PipelineConnection): void {
    for (let call = this.#queued.first(); call !== undefined; call = this.#queued.first()) {
      if (call.settled) {
        this.#queued.shift();
        this.#withdrawn--;
        this.#mustCountRight();
        continue;
      }
      if (!this.#hasRoom(call, connection)) return;
      this.#queued.shift();
      this.#send(call, connection);
    }
  }

  /** Takes the request to which the answer numbered `xid` belongs. Throws `ProtocolError` if it belongs to none. */
  answer(xid: number, native: boolean): Call {
    const call = this.#inFlight.first();
    if (call === undefined || call.xid !== xid) {
      throw new ProtocolError(
        'BAD_RECORD',
        `expected an answer to request ${call?.xid ?? 'none'}, got one to request ${xid}`,
      );
    }
    // On ZooKeeper's door the numbers begin anew at the end of their range.
    if (native && xid <= this.#answeredXid) {
      throw new InvariantError(`request ${xid} is answered after request ${this.#answeredXid}`);
    }
    this.#answeredXid = xid;
    this.#inFlight.shift();
    if (call.isWrite) this.#writesInFlight--;
    this.#mustCountRight();
    return call;
  }

  /** Keeps the requests in flight that a caller waits for. On ZooKeeper's door the writes among them end here. */
  handleConnectionLost(native: boolean, lost: ConclaveError): void {
    const calls = this.#inFlight.drain();
    this.#writesInFlight = 0;
    this.#syncedBatch = 0;
    this.#sentXid = 0;
    for (const call of calls) {
      if (!native && call.isWrite) call.rejectUnanswered(lost);
      if (call.settled) continue;
      this.#inFlight.push(call);
      if (call.isWrite) this.#writesInFlight++;
    }
  }

  /**
   * Sends again what was in flight when the last connection broke. To be called before anything else is sent. Requests
   * for which no caller waits any more are dropped, also those that were aborted since then. If an abandoned write was
   * sent again, it could still happen long after its caller gave it up.
   */
  resend(connection: PipelineConnection): void {
    const calls = this.#inFlight.drain();
    this.#writesInFlight = 0;
    for (const call of calls) {
      if (call.settled) continue;
      if (!connection.native) call.xid = 0;
      this.#send(call, connection);
    }
  }

  /** Ends every call, because the session is over. */
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

  /** Takes the number for a request that is sent outside the pipeline and without waiting for its answer. */
  takeXid(native: boolean): number {
    this.#lastXid = !native && this.#lastXid === CLASSIC_XID_MAX ? 1 : this.#lastXid + 1;
    return this.#lastXid;
  }

  handleWithdrawn(): void {
    this.#withdrawn++;
  }

  /** Drops aborted calls, so that calls that come and go while there is no connection do not pile up. */
  #dropWithdrawn(): void {
    if (this.#withdrawn <= 1024 || this.#withdrawn * 2 <= this.#queued.length) return;
    for (const call of this.#queued.drain()) if (!call.settled) this.#queued.push(call);
    this.#withdrawn = 0;
  }

  /** 0 <= withdrawn <= queued, and 0 <= writes in flight <= in flight. */
  #mustCountRight(): void {
    if (this.#withdrawn < 0 || this.#withdrawn > this.#queued.length) {
      throw new InvariantError(`${this.#withdrawn} of ${this.#queued.length} queued calls are withdrawn`);
    }
    if (this.#writesInFlight < 0 || this.#writesInFlight > this.#inFlight.length) {
      throw new InvariantError(
        `${this.#writesInFlight} of ${this.#inFlight.length} calls in flight are writes`,
      );
    }
  }

  #hasRoom(call: Call, connection: PipelineConnection): boolean {
    return (
      this.#inFlight.length < IN_FLIGHT_MAX &&
      (this.#writesInFlight < WRITES_IN_FLIGHT_MAX || !call.isWrite) &&
      !connection.congested
    );
  }

  #send(call: Call, connection: PipelineConnection): void {
    if (!connection.native && call.linearizable) this.#sendSync(pathOf(call.request) ?? '/', connection);
    this.#transmit(call, connection);
  }

  /**
   * Sends a sync ahead of a linearizable read on ZooKeeper's door. One sync serves all reads of a batch, because the
   * batch is sent after the last of them was called.
   */
  #sendSync(path: string, connection: PipelineConnection): void {
    if (this.#syncedBatch === connection.batch) return;
    const sync = new Call({ op: OpCode.sync, path }, false);
    sync.settled = true;
    this.#transmit(sync, connection);
    this.#syncedBatch = connection.batch;
  }

  #transmit(call: Call, connection: PipelineConnection): void {
    const { native } = connection;
    const lastXid = this.#lastXid;
    const oldest = this.#inFlight.first();
    const xid = call.xid === 0 ? this.takeXid(native) : call.xid;
    if (native && xid <= this.#sentXid) {
      throw new InvariantError(`request ${xid} is sent after request ${this.#sentXid}`);
    }
    const confirmed = (oldest?.xid ?? xid) - 1;
    const flags = native && call.linearizable ? RequestFlag.linearizable : 0;
    if (!connection.writeRequest(xid, flags, native ? confirmed : 0, call.request)) {
      this.#lastXid = lastXid;
      const path = pathOf(call.request);
      call.reject(new ConclaveError('FRAME_TOO_LARGE', 'the request does not fit into a frame', { path }));
      return;
    }
    this.#sentXid = xid;
    call.xid = xid;
    call.sentAt = connection.batchStartedAt;
    this.#inFlight.push(call);
    if (call.isWrite) this.#writesInFlight++;
  }
}
