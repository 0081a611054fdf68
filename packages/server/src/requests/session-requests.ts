import { InvariantError, OpCode, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import type { Applied, Tree, Txn } from '@conclave/tree';
import type { EventLoopTurn } from '../environment/event-loop-turn.ts';
import type { ConnectionStats } from '../stats/connection-stats.ts';
import type { ServerStats } from '../stats/server-stats.ts';
import type { ClientOutbox } from './client-outbox.ts';
import type { ConnectionPhase } from './connection-phase.ts';
import type { DisconnectReason } from './disconnect-reason.ts';
import { type Answered, type AnswerServices, answerHere } from './local-answers.ts';
import type { ReadBarriers } from './read-barriers.ts';
import { type PendingRead, type PendingRequest, type PendingWrite, RequestQueue } from './request-queue.ts';
import type { Loading, Workload } from './workload.ts';

/** The parts of this server that a request passes through. */
export interface RequestServices extends AnswerServices {
  readonly turn: EventLoopTurn;
  readonly stats: ServerStats;
  readonly workload: Workload;
  readonly reads: ReadBarriers;
  readonly replica: {
    readonly tree: Tree;
    /** Sends a write to the leader. */
    submit(payload: Uint8Array): void;
  };
}

/** The connection that requests came over. */
export interface Requesting extends Answered, Loading {
  readonly phase: ConnectionPhase;
  readonly stats: ConnectionStats;
  readonly throttle: Loading['throttle'] & {
    /** Whether the client does not read its answers and events. */
    readonly isBackedUp: boolean;
  };
  work(isNextTurn?: boolean): void;
  close(reason: DisconnectReason): void;
}

/**
 * A session's requests over one connection, answered strictly in the order in which they came. A write goes to the
 * leader at once, unless a linearizable read stands before it, because that read must not see what the session does
 * later. A plain read is made when everything before it has been answered.
 *
 * One turn of the event loop answers only a limited part of what a client asks for. But a read must not be put off once
 * a later write of the session has gone to the leader, because the write could overtake it. So a write waits if many
 * reads stand before it, or one that may have to look at the whole tree, or any read while answers do not fit into a
 * frame. Of expensive reads a turn answers one or two.
 */
export class SessionRequests {
  readonly #services: RequestServices;
  readonly #connection: Requesting;
  readonly #out: ClientOutbox;
  readonly #queue = new RequestQueue();
  /** `sentWrites + heldWrites + linearizable <= length`, and none of the counts is below 0: see `#checkCounts`. */
  #sentWrites = 0;
  #heldWrites = 0;
  #linearizable = 0;
  /** The plain reads that wait, each with its weight; 0 if the queue is empty. */
  #plainReads = 0;
  /** Whether this turn has answered an expensive read. */
  #rests = false;
  /** An answer did not fit into a frame. Until the queue is empty others may be as long. */
  #isHeavy = false;

  constructor(services: RequestServices, connection: Requesting, out: ClientOutbox) {
    this.#services = services;
    this.#connection = connection;
    this.#out = out;
  }

  get length(): number {
    return this.#queue.length;
  }

  [Symbol.iterator](): Iterator<PendingRequest> {
    return this.#queue[Symbol.iterator]();
  }

  push(item: PendingRequest): void {
    this.#queue.push(item);
    this.#services.workload.arrived(item);
    if (item.kind === 'linearizable') {
      this.#linearizable++;
      this.#services.reads.add(this.#connection, item);
    } else if (item.kind === 'read') {
      this.#plainReads += weightOf(item);
    } else if (item.kind === 'write') {
      const mayGo = this.#linearizable === 0 && this.#plainReads < this.#readsBeforeWriteMax;
      if (mayGo && this.#heldWrites === 0) this.#send(item);
      else this.#heldWrites++;
    }
  }

  /**
   * A transaction of this session that this server submitted has been applied. Returns whether a request was answered
   * with it.
   */
  handleApplied(txn: Txn, applied: Applied): boolean {
    const head = this.#queue.peek();
    // Otherwise the request was sent again after a change of leader, and has had its answer.
    if (head === undefined || head.kind !== 'write' || !head.sent || head.xid !== txn.xid) return false;
    this.#queue.shift(head);
    this.#sentWrites--;
    this.#answer(head, applied.zxid, applied.error, applied.response);
    return true;
  }

  /** Answers the requests that can be answered by now. `isNextTurn` says that a turn has passed since it was put off. */
  work(isNextTurn = false): void {
    const connection = this.#connection;
    if (isNextTurn) this.#rests = false;
    for (;;) {
      const head = this.#queue.peek();
      if (head === undefined || connection.phase !== 'session') return;
      if (head.kind === 'write') {
        if (!head.sent) this.#sendHeldWrites();
        return;
      }
      if (this.#sentWrites === 0) {
        // A client that does not read its answers waits.
        if (connection.throttle.isBackedUp) return;
        if (this.#out.writtenBytes > TURN_BYTES_MAX || (this.#rests && isExpensive(head))) {
          this.#services.workload.goOnNextTurn(connection);
          return;
        }
        if (isRewatch(head) && !this.#services.watches.mayCatchUp(connection)) return;
      }
      if (head.kind === 'error') {
        this.#queue.shift(head);
        this.#answer(head, this.#services.replica.tree.lastZxid, head.error, undefined);
        if (head.closes !== undefined) connection.close(head.closes);
      } else if (head.kind === 'linearizable') {
        if (head.target === undefined || this.#services.replica.tree.lastZxid < head.target) return;
        this.#queue.shift(head);
        this.#linearizable--;
        this.#read(head);
        this.#sendHeldWrites();
      } else {
        this.#queue.shift(head);
        this.#read(head);
      }
    }
  }

  /** Sends the writes without an answer again. The last leader either had them committed or never got them. */
  resendWrites(): void {
    for (const item of this.#queue) {
      if (item.kind === 'write' && item.sent) this.#services.replica.submit(item.payload.slice());
    }
  }

  get #readsBeforeWriteMax(): number {
    return this.#isHeavy ? 1 : READS_BEFORE_WRITE_MAX;
  }

  #send(item: PendingWrite): void {
    item.sent = true;
    this.#sentWrites++;
    this.#services.workload.writeSent(item);
    this.#services.replica.submit(item.payload);
  }

  #sendHeldWrites(): void {
    if (this.#heldWrites === 0) return;
    let reads = 0;
    for (const item of this.#queue) {
      if (item.kind === 'linearizable') return;
      if (item.kind === 'read') reads += weightOf(item);
      if (reads >= this.#readsBeforeWriteMax) return;
      if (item.kind !== 'write' || item.sent) continue;
      this.#heldWrites--;
      this.#send(item);
    }
  }

  #read(item: PendingRead): void {
    if (item.kind === 'read') this.#plainReads -= weightOf(item);
    const { error, response } = answerHere(this.#services, this.#connection, item);
    if (isExpensive(item)) {
      this.#rests = true;
      this.#services.workload.goOnNextTurn(this.#connection);
    }
    this.#answer(item, this.#services.replica.tree.lastZxid, error, response);
  }

  /** Throws `InvariantError` unless the counts can be those of the requests in the queue. */
  #checkCounts(): void {
    const { length } = this.#queue;
    const counted = this.#sentWrites + this.#heldWrites + this.#linearizable;
    const areSound =
      this.#sentWrites >= 0 &&
      this.#heldWrites >= 0 &&
      this.#linearizable >= 0 &&
      this.#plainReads >= 0 &&
      counted <= length &&
      (length > 0 || this.#plainReads === 0);
    if (!areSound) throw new InvariantError(`the counts of requests are wrong: ${counted} of ${length}`);
  }

  #answer(item: PendingRequest, zxid: Zxid, error: number, response: Applied['response']): void {
    this.#checkCounts();
    const { stats, turn, workload } = this.#services;
    const nowMs = turn.timeMs();
    workload.answered(item, nowMs);
    this.#connection.stats.answered(item.opcode, item.xid, zxid, item.arrivedMs, nowMs);
    // ZooKeeper's answers to these have no zxid.
    const shown = item.opcode === OpCode.auth || item.opcode === OpCode.sasl ? ZXID_ZERO : zxid;
    stats.answerBytes.add(this.#out.reply(item.xid, shown, error, response));
    this.#isHeavy = this.#out.hasCut || (this.#isHeavy && this.#queue.length > 0);
  }
}

/** Approximate bytes of answers that are made for one client in one turn. */
const TURN_BYTES_MAX = 256 * 1024;
/** With so many reads before it, a write waits. */
const READS_BEFORE_WRITE_MAX = 64;

/** Whether the answer may be small yet expensive to compute. */
function isExpensive({ opcode }: PendingRequest): boolean {
  return (
    opcode === OpCode.getAllChildrenNumber ||
    opcode === OpCode.multiRead ||
    opcode === OpCode.listChildren ||
    opcode === OpCode.getEphemerals
  );
}

/** The number of reads that the request counts as, for a write behind it. */
function weightOf(item: PendingRequest): number {
  return isExpensive(item) || isRewatch(item) ? READS_BEFORE_WRITE_MAX : 1;
}

function isRewatch(item: PendingRequest): boolean {
  return item.opcode === OpCode.setWatches2 || item.opcode === OpCode.setNativeWatches;
}
