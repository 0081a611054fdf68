import { InvariantError } from '@conclave/protocol';
import type { Limits } from '../config/limits.ts';
import type { ServerStats } from '../stats/server-stats.ts';
import type { ReadBarriers } from './read-barriers.ts';
import type { PendingRequest, PendingWrite } from './request-queue.ts';

/** A connection, as far as its load goes. */
export interface Loading {
  readonly sessionId: number;
  /** Requests that are not answered yet. */
  readonly outstanding: number;
  readonly throttle: {
    /** Whether the session's client may be alive although nothing comes from it, because it is not read. */
    readonly isExempt: boolean;
    /** Reads the client or stops reading it, as its load and this server's allow. Returns whether it is read. */
    regulate(): boolean;
  };
  /** Answers what can be answered by now; `isNextTurn` when a turn has gone by since it was put off. */
  work(isNextTurn?: boolean): void;
}

/**
 * How much of its clients' work this server has on its hands, who is not read until it is less, and who has answers to
 * come that are too much for one turn.
 */
export class Workload {
  readonly #limits: Pick<Limits, 'outstandingMax' | 'outstandingBytesMax'>;
  readonly #stats: ServerStats;
  readonly #reads: ReadBarriers;
  readonly #paused = new Set<Loading>();
  readonly #unfinished = new Set<Loading>();
  #wasFlooded = false;

  constructor(
    limits: Pick<Limits, 'outstandingMax' | 'outstandingBytesMax'>,
    stats: ServerStats,
    reads: ReadBarriers,
  ) {
    this.#limits = limits;
    this.#stats = stats;
    this.#reads = reads;
  }

  /**
   * As many requests wait for the ensemble as this server takes on: clients that have one among them are not read.
   * Those that wait for their own client only, because it does not read its answers, are nobody else's burden.
   */
  get overloaded(): boolean {
    return this.#stats.writesUnderWay + this.#reads.underWay >= this.#limits.outstandingMax;
  }

  /** As many bytes wait for the ensemble as this server takes on: nobody is read. */
  get flooded(): boolean {
    return this.#stats.writeBytesUnderWay >= this.#limits.outstandingBytesMax;
  }

  get anyUnfinished(): boolean {
    return this.#unfinished.size > 0;
  }

  arrived({ opcode }: PendingRequest): void {
    this.#stats.outstanding++;
    this.#stats.countRequest(opcode);
  }

  writeSent({ payload }: PendingWrite): void {
    this.#stats.writesUnderWay++;
    this.#stats.writeBytesUnderWay += payload.length;
  }

  answered(item: PendingRequest, nowMs: number): void {
    this.#over(item);
    this.#stats.countLatency(item.kind, nowMs - item.arrivedMs);
  }

  /** The request's connection has closed, so it gets no answer. */
  abandoned(item: PendingRequest): void {
    this.#over(item);
  }

  /** The connection is not read. */
  pause(connection: Loading): void {
    this.#paused.add(connection);
  }

  /** Sessions that may be alive and are not heard because they are not read. */
  *exemptSessions(): Generator<number> {
    for (const connection of this.#paused) if (connection.throttle.isExempt) yield connection.sessionId;
  }

  /** The connection has more to answer than one turn should take. */
  goOnNextTurn(connection: Loading): void {
    this.#unfinished.add(connection);
  }

  forget(connection: Loading): void {
    this.#paused.delete(connection);
    this.#unfinished.delete(connection);
  }

  /** The next turn has come. */
  goOn(): void {
    if (this.#unfinished.size === 0) return;
    const unfinished = [...this.#unfinished];
    this.#unfinished.clear();
    for (const connection of unfinished) connection.work(true);
  }

  /** Has those read again for whom there is room. */
  relieve(): void {
    const wasFlooded = this.#wasFlooded;
    this.#wasFlooded = this.flooded;
    if (this.#paused.size === 0 || this.flooded) return;
    // Those with a request under way must wait; others may have waited for something else than the load.
    const onlyIdle = this.overloaded && !wasFlooded;
    const paused = [...this.#paused];
    for (const connection of paused) {
      if (onlyIdle && connection.outstanding > 0) continue;
      if (connection.throttle.regulate()) this.#paused.delete(connection);
    }
  }

  #over(item: PendingRequest): void {
    const stats = this.#stats;
    stats.outstanding--;
    if (item.kind === 'write' && item.sent) {
      stats.writesUnderWay--;
      stats.writeBytesUnderWay -= item.payload.length;
    }
    // writesUnderWay <= outstanding; no bytes are under way without a write.
    const { outstanding, writesUnderWay, writeBytesUnderWay } = stats;
    const areSound =
      writesUnderWay === 0
        ? outstanding >= 0 && writeBytesUnderWay === 0
        : writesUnderWay > 0 && writesUnderWay <= outstanding && writeBytesUnderWay > 0;
    if (!areSound) {
      throw new InvariantError(
        `the load is wrong: ${outstanding} requests, ${writesUnderWay} writes of ${writeBytesUnderWay} bytes`,
      );
    }
  }
}
