import { InvariantError } from '@conclave/protocol';
import type { Limits } from '../config/limits.ts';
import type { ServerStats } from '../stats/server-stats.ts';
import type { ReadBarriers } from './read-barriers.ts';
import type { PendingRequest, PendingWrite } from './request-queue.ts';

/** A connection and its share of the load. */
export interface Loading {
  readonly sessionId: number;
  /** Requests that are not answered yet. */
  readonly outstanding: number;
  readonly throttle: {
    /** Whether the session is exempt from expiry, because its client may be alive and is not read. */
    readonly isExempt: boolean;
    /** Stops or resumes reading from the client, as its load and this server's allow. Returns whether it is read. */
    regulate(): boolean;
  };
  /** Answers the requests that can be answered by now. `isNextTurn` says that a turn has passed since it was put off. */
  work(isNextTurn?: boolean): void;
}

/**
 * The work of all clients that this server has in hand. It knows the connections that are not read until there is less
 * of it, and those with more answers to come than fit into one turn.
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
   * Whether as many requests wait for the ensemble as this server takes on. Then it reads only from clients that have
   * none of them. Requests that wait only for their own client, because it does not read its answers, do not count: they
   * are no burden to others.
   */
  get overloaded(): boolean {
    return this.#stats.writesUnderWay + this.#reads.underWay >= this.#limits.outstandingMax;
  }

  /** Whether as many bytes wait for the ensemble as this server takes on. Then it reads from no client. */
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

  /** The server has stopped reading from the connection. */
  pause(connection: Loading): void {
    this.#paused.add(connection);
  }

  /** Sessions that may be alive although nothing comes from them, because this server does not read from them. */
  *exemptSessions(): Generator<number> {
    for (const connection of this.#paused) if (connection.throttle.isExempt) yield connection.sessionId;
  }

  /** The connection has more answers to come than one turn should make. */
  goOnNextTurn(connection: Loading): void {
    this.#unfinished.add(connection);
  }

  forget(connection: Loading): void {
    this.#paused.delete(connection);
    this.#unfinished.delete(connection);
  }

  /** The next turn has come, so the connections with answers to come go on. */
  goOn(): void {
    if (this.#unfinished.size === 0) return;
    const unfinished = [...this.#unfinished];
    this.#unfinished.clear();
    for (const connection of unfinished) connection.work(true);
  }

  /** Resumes reading from the connections for which there is room. */
  relieve(): void {
    const wasFlooded = this.#wasFlooded;
    this.#wasFlooded = this.flooded;
    if (this.#paused.size === 0 || this.flooded) return;
    // Connections with a request in flight must wait. Others may have been paused for another reason than the load.
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
