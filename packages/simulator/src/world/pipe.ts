import { InvariantError, invariant } from '@conclave/protocol';
import type { World } from './world.ts';

/** Bytes that may be on their way or unread at the other end. Any more stay with the sender. */
const WINDOW_BYTES = 256 * 1024;
const SEGMENT_BYTES_MAX = 16 * 1024;

/** A piece of the stream on its way. Its bytes are undefined for the end of the stream. */
type Segment = { readonly bytes: Uint8Array | undefined; readonly arrivesAt: number };

export interface PipeEnds {
  readonly from: string;
  readonly to: string;
  /** Called when bytes arrive; their reader calls `consumed`. Called with undefined at the end of the stream. */
  readonly onArrival: (bytes: Uint8Array | undefined) => void;
  /** Called when everything has left the sender. */
  readonly onSent: () => void;
}

/** The little of the network that a pipe needs. */
export interface PipeNetwork {
  readonly world: World;
  latencyMs(from: string, to: string, bytes: number): number;
  splitAt(bytes: number): number;
  holdsUp(from: string, to: string, pipe: Pipe): boolean;
}

/** One direction of a stream: in order, with a limit on the bytes that are on their way. */
export class Pipe {
  readonly #network: PipeNetwork;
  readonly #ends: PipeEnds;
  /** Chunks that have not left the sender. */
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  #isFinished = false;
  #isEndSent = false;
  /** Segments on their way, in order. */
  #wire: Segment[] = [];
  #windowBytes = 0;
  #lastArrival = 0;
  #isAwaited = false;
  #isDead = false;

  constructor(network: PipeNetwork, ends: PipeEnds) {
    this.#network = network;
    this.#ends = ends;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#isDead || this.#isFinished || bytes.length === 0) return;
    if (bytes.length <= SEGMENT_BYTES_MAX) this.#unsent.push(bytes);
    else {
      for (let at = 0; at < bytes.length; at += SEGMENT_BYTES_MAX)
        this.#unsent.push(bytes.subarray(at, at + SEGMENT_BYTES_MAX));
    }
    this.#unsentBytes += bytes.length;
    this.#pump();
  }

  /** Sends the end of the stream, behind everything that was sent before. */
  finish(): void {
    if (this.#isDead || this.#isFinished) return;
    this.#isFinished = true;
    this.#pump();
  }

  /** Notes that the receiver has taken this many bytes. */
  consumed(bytes: number): void {
    this.#windowBytes -= bytes;
    if (this.#windowBytes < 0)
      throw new InvariantError(`${-this.#windowBytes} bytes were read that were never sent`);
    this.#pump();
  }

  /** Continues after a block: the next segment arrives. */
  resume(): void {
    this.#await();
  }

  /** Drops everything: nothing arrives any more. */
  kill(): void {
    this.#isDead = true;
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#wire = [];
  }

  #pump(): void {
    if (this.#isDead) return;
    const hadUnsent = this.#unsentBytes > 0;
    let taken = 0;
    while (taken < this.#unsent.length) {
      const bytes = this.#unsent[taken] as Uint8Array;
      if (this.#windowBytes > 0 && this.#windowBytes + bytes.length > WINDOW_BYTES) break;
      taken++;
      this.#unsentBytes -= bytes.length;
      this.#windowBytes += bytes.length;
      const cut = this.#network.splitAt(bytes.length);
      if (cut === 0) this.#transmit(bytes);
      else {
        this.#transmit(bytes.subarray(0, cut));
        this.#transmit(bytes.subarray(cut));
      }
    }
    if (taken > 0) this.#unsent.splice(0, taken);
    if (this.#unsentBytes < 0) throw new InvariantError(`${this.#unsentBytes} bytes are unsent`);
    if (this.#unsentBytes > 0) return;
    if (hadUnsent) this.#ends.onSent();
    if (!this.#isFinished || this.#isEndSent) return;
    this.#isEndSent = true;
    this.#transmit(undefined);
  }

  #transmit(bytes: Uint8Array | undefined): void {
    const { world } = this.#network;
    const { from, to } = this.#ends;
    const arrivesAt = world.nowMs + this.#network.latencyMs(from, to, bytes?.length ?? 0);
    this.#lastArrival = Math.max(this.#lastArrival, arrivesAt);
    this.#wire.push({ bytes, arrivesAt: this.#lastArrival });
    if (this.#wire.length === 1) this.#await();
  }

  #await(): void {
    const head = this.#wire[0];
    if (head === undefined || this.#isAwaited || this.#isDead) return;
    this.#isAwaited = true;
    const { world } = this.#network;
    world.after(Math.max(0, head.arrivesAt - world.nowMs), () => {
      this.#isAwaited = false;
      if (this.#isDead) return;
      const { from, to } = this.#ends;
      if (this.#network.holdsUp(from, to, this)) return;
      invariant(this.#wire[0] === head, 'segments arrive in order');
      this.#wire.shift();
      this.#ends.onArrival(head.bytes);
      this.#await();
    });
  }
}
