import { type BareRequest, InvariantError, type ReadRequest, type SessionRequest } from '@conclave/protocol';
import type { Asker } from '@conclave/tree';
import type { DisconnectReason } from './disconnect-reason.ts';

interface Numbered {
  readonly xid: number;
  readonly opcode: number;
  readonly arrivedMs: number;
}

export interface PendingWrite extends Numbered {
  readonly kind: 'write';
  /** The bytes that are proposed. */
  readonly payload: Uint8Array;
  /** Whether it has gone to the leader. */
  sent: boolean;
}

export type PendingRead = PendingLocalRead | PendingLinearizable;

type AnsweredHere = Exclude<ReadRequest | SessionRequest, BareRequest>;

/** Answered from this server's state when everything before it has been answered. */
export interface PendingLocalRead extends Numbered {
  readonly kind: 'read';
  readonly request: AnsweredHere;
  /** The session and its credentials at the time at which the request came. */
  readonly asker: Asker;
}

export interface PendingLinearizable extends Numbered {
  readonly kind: 'linearizable';
  readonly request: AnsweredHere;
  readonly asker: Asker;
  /** The zxid that the tree must have reached; undefined until the leader has answered. */
  target: number | undefined;
}

export interface PendingError extends Numbered {
  readonly kind: 'error';
  readonly error: number;
  /** The reason for which the connection ends with this answer; undefined if it goes on. */
  readonly closes: DisconnectReason | undefined;
}

/** A request of one session, from its arrival to its answer. */
export type PendingRequest = PendingWrite | PendingRead | PendingError;

/** A queue in the order of arrival. It is a ring, so that no item is moved when the head leaves. */
export class RequestQueue {
  #items: (PendingRequest | undefined)[] = new Array<PendingRequest | undefined>(16);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: PendingRequest): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length++;
  }

  peek(): PendingRequest | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  /** Takes out the head. Throws `InvariantError` if that is not `item`: each request is answered once, in its turn. */
  shift(item: PendingRequest): void {
    if (this.#length === 0 || this.#items[this.#head] !== item) {
      throw new InvariantError(`request ${item.xid} is answered twice or out of its turn`);
    }
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
  }

  *[Symbol.iterator](): Generator<PendingRequest> {
    for (let i = 0; i < this.#length; i++) {
      const item = this.#items[(this.#head + i) & (this.#items.length - 1)];
      if (item !== undefined) yield item;
    }
  }

  #grow(): void {
    const items = new Array<PendingRequest | undefined>(this.#items.length * 2);
    let to = 0;
    for (const item of this) items[to++] = item;
    this.#items = items;
    this.#head = 0;
  }
}
