import type { Zxid } from '@conclave/protocol';
import type { Outbox } from './outbox.ts';

interface Proof {
  /** 0 until the pings that belong to it are sent. */
  round: number;
  readonly requests: number[];
  /** The commit point when each request came in. */
  readonly zxids: Zxid[];
}

/**
 * Requests for a proof of leadership. All that come in before the next pings leave share one round trip. A
 * round proves that no later leader was established before it began: a quorum still follows this one, and
 * any later leader would have needed one of them.
 */
export class Confirmations {
  #gathering: Proof | undefined;
  /** Oldest first; rounds only grow. */
  #asked: Proof[] = [];

  add(request: number, committed: Zxid): void {
    this.#gathering ??= { round: 0, requests: [], zxids: [] };
    this.#gathering.requests.push(request);
    this.#gathering.zxids.push(committed);
  }

  get isGathering(): boolean {
    return this.#gathering !== undefined;
  }

  /** The pings of `round` leave now. */
  ask(round: number): void {
    if (this.#gathering === undefined) return;
    this.#gathering.round = round;
    this.#asked.push(this.#gathering);
    this.#gathering = undefined;
  }

  /** A quorum has answered `round`, and with it every earlier one. */
  settle(round: number, outbox: Outbox): void {
    let done = 0;
    for (const proof of this.#asked) {
      if (proof.round > round) break;
      for (let i = 0; i < proof.requests.length; i++) {
        outbox.confirm(proof.requests[i] as number, proof.zxids[i] as Zxid);
      }
      done += 1;
    }
    if (done > 0) this.#asked.splice(0, done);
  }

  refuseAll(outbox: Outbox): void {
    for (const proof of this.#asked) for (const request of proof.requests) outbox.refuse(request);
    for (const request of this.#gathering?.requests ?? []) outbox.refuse(request);
    this.#asked = [];
    this.#gathering = undefined;
  }
}
