/** Plain counters of the client side; metrics and four-letter words read them when they are asked. */
export class ServerStats {
  outstanding = 0;
  outstandingBytes = 0;
  packetsReceived = 0;
  packetsSent = 0;
  bytesReceived = 0;
  connectionsRefused = 0;
  badInputs = 0;
  watchesFired = 0;
  readonly requests = new Map<number, number>();
  latencyCount = 0;
  latencySumMs = 0;
  latencyMinMs = 0;
  latencyMaxMs = 0;

  countRequest(opcode: number): void {
    this.requests.set(opcode, (this.requests.get(opcode) ?? 0) + 1);
  }

  countLatency(ms: number): void {
    if (this.latencyCount === 0 || ms < this.latencyMinMs) this.latencyMinMs = ms;
    if (ms > this.latencyMaxMs) this.latencyMaxMs = ms;
    this.latencyCount++;
    this.latencySumMs += ms;
  }
}
