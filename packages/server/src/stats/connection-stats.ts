import { LatencySummary } from './latency-summary.ts';

/** Counters of one connection since it began, or since they were reset. */
export class ConnectionStats {
  /** The operation answered last. */
  lastOpcode: number | undefined;
  /** The xid of the last request; -1 before the first. Pings and other requests without a number do not count. */
  lastXid = -1;
  /** The zxid in the last answer; -1 before the first. */
  lastZxid = -1;
  /** The time of the last answer by the monotonic clock; 0 before the first. */
  lastAnswerMs = 0;
  lastLatencyMs = 0;
  /** The same as `lastAnswerMs`, but `reset` leaves it alone. */
  aliveMs = 0;
  readonly latency = new LatencySummary();
  #packetsReceivedBefore = 0;
  #packetsSentBefore = 0;

  answered(opcode: number, xid: number, zxid: number, arrivedMs: number, nowMs: number): void {
    this.lastOpcode = opcode;
    if (xid >= 0) this.lastXid = xid;
    this.lastZxid = zxid;
    this.lastAnswerMs = nowMs;
    this.aliveMs = nowMs;
    this.lastLatencyMs = nowMs - arrivedMs;
    this.latency.add(this.lastLatencyMs);
  }

  /** The frames since the last reset, given the totals that the connection counts. */
  packets(received: number, sent: number): { packetsReceived: number; packetsSent: number } {
    return {
      packetsReceived: received - this.#packetsReceivedBefore,
      packetsSent: sent - this.#packetsSentBefore,
    };
  }

  /** Resets the counters. `received` and `sent` are the frames that the connection has counted so far. */
  reset(received: number, sent: number): void {
    this.#packetsReceivedBefore = received;
    this.#packetsSentBefore = sent;
    this.lastOpcode = undefined;
    this.lastXid = -1;
    this.lastZxid = -1;
    this.lastAnswerMs = 0;
    this.lastLatencyMs = 0;
    this.latency.reset();
  }
}
