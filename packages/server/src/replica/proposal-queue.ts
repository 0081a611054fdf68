import { OpCode } from '@conclave/protocol';
import { peekPayload } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';

interface Waiting {
  readonly from: ServerId;
  readonly payload: Uint8Array;
}

/** The xid of what the leader itself puts into the order. No client's request has this number. */
export const LEADER_XID = 0;

/** The requests that wait to be proposed, in the order in which they reached the leader. */
export class ProposalQueue {
  #waiting: Waiting[] = [];
  /**
   * Sessions that have another connection by now, and how many requests were waiting when it came. The session's own
   * requests among those are void.
   */
  readonly #superseded = new Map<number, number>();

  get length(): number {
    return this.#waiting.length;
  }

  push(from: ServerId, payload: Uint8Array): void {
    this.#waiting.push({ from, payload });
  }

  /** The session has another connection. What it sent over the last one and is not proposed yet never will be. */
  supersede(sessionId: number): void {
    if (this.#waiting.length > 0) this.#superseded.set(sessionId, this.#waiting.length);
  }

  /** The stream from `server` has ended or begun anew. It will send again what is not proposed yet. */
  dropFrom(server: ServerId): void {
    this.#dropSuperseded();
    if (this.#waiting.some((item) => item.from === server)) {
      this.#waiting = this.#waiting.filter((item) => item.from !== server || isExpiry(item.payload));
    }
  }

  /** Takes out the first `max` payloads at most. */
  take(max: number): readonly Uint8Array[] {
    this.#dropSuperseded();
    if (max <= 0 || this.#waiting.length === 0) return NONE;
    const isAll = this.#waiting.length <= max;
    const batch = isAll ? this.#waiting : this.#waiting.slice(0, max);
    this.#waiting = isAll ? [] : this.#waiting.slice(max);
    return batch.map(({ payload }) => payload);
  }

  /** One pass for all sessions that have come back: after the loss of a server they are many, and so are the requests. */
  #dropSuperseded(): void {
    if (this.#superseded.size === 0) return;
    this.#waiting = this.#waiting.filter(({ payload }, index) => {
      const end = this.#superseded.get(peekPayload(payload).sessionId);
      return end === undefined || index >= end || isLeadersOwn(payload);
    });
    this.#superseded.clear();
  }
}

const NONE: readonly Uint8Array[] = [];

/** Whether the leader itself put this into the order. */
function isLeadersOwn(payload: Uint8Array): boolean {
  return isExpiry(payload) || peekPayload(payload).opcode === OpCode.moveSession;
}

/** Whether this closes an expired session or removes an expired node. */
function isExpiry(payload: Uint8Array): boolean {
  const { opcode, xid } = peekPayload(payload);
  return xid === LEADER_XID && (opcode === OpCode.closeSession || opcode === OpCode.deleteContainer);
}
