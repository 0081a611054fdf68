import { LatencySummary } from './latency-summary.ts';

/** What one connection has been through since it began, or since its counters were reset. */
export class ConnectionStats {
  /** The operation answered last. */
  lastOpcode: number | undefined;
  /** The client's number of its last request; -1 before the first. Pings and other unnumbered ones do not count. */
  lastXid = -1;
  /** What the last answer said of the history; -1 before the first. */
  lastZxid = -1;
  /** By the monotonic clock; 0 before the first answer. */
  lastAnswerMs = 0;
  lastLatencyMs = 0;
  /** The same as `lastAnswerMs`, and not reset. */
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

  /** Of the frames that the connection counts, those since the last reset. */
  packets(received: number, sent: number): { packetsReceived: number; packetsSent: number } {
    return {
      packetsReceived: received - this.#packetsReceivedBefore,
      packetsSent: sent - this.#packetsSentBefore,
    };
  }

  /** Begins to count anew; `received` and `sent` are the frames that the connection has counted so far. */
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
