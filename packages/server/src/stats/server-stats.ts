import { LatencySummary } from './latency-summary.ts';
import { SizeSummary } from './size-summary.ts';

/** Plain counters of the client side. Metrics, four-letter words and admin commands read them on request. */
export class ServerStats {
  /** Requests that are not answered yet. */
  outstanding = 0;
  /** The writes among them that were sent to the leader, and their bytes. */
  writesUnderWay = 0;
  writeBytesUnderWay = 0;
  /** Frames of connections that have ended. */
  packetsReceived = 0;
  packetsSent = 0;
  /** How many frames had been counted when the counters were last reset. */
  packetsReceivedBefore = 0;
  packetsSentBefore = 0;
  bytesReceived = 0;
  connectionsAccepted = 0;
  connectionsRefused = 0;
  authFailures = 0;
  badInputs = 0;
  watchesFired = 0;
  /** How often a client came back to its persistent watches and its missed changes were no longer in the history. */
  watchGaps = 0;
  readonly requests = new Map<number, number>();
  readonly latency = new LatencySummary();
  readonly readLatency = new LatencySummary();
  readonly writeLatency = new LatencySummary();
  readonly answerBytes = new SizeSummary();

  /**
   * Resets the counters that ZooKeeper resets too. Prometheus treats a counter that falls as one that was restarted.
   */
  reset({ packetsReceived, packetsSent }: { packetsReceived: number; packetsSent: number }): void {
    this.packetsReceivedBefore = packetsReceived;
    this.packetsSentBefore = packetsSent;
    this.latency.reset();
    this.readLatency.reset();
    this.writeLatency.reset();
    this.answerBytes.reset();
  }

  countRequest(opcode: number): void {
    this.requests.set(opcode, (this.requests.get(opcode) ?? 0) + 1);
  }

  countLatency(kind: 'write' | 'read' | 'linearizable' | 'error', ms: number): void {
    this.latency.add(ms);
    if (kind === 'write') this.writeLatency.add(ms);
    else this.readLatency.add(ms);
  }
}
