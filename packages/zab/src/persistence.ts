import { InvariantError, invariant, type Zxid } from '@conclave/protocol';
import type { Entry } from './entry.ts';
import type { PersistBatch, PersistOperation } from './ready.ts';

interface Inflight {
  readonly sequence: number;
  /** The end of the log once this batch is durable. */
  readonly last: Zxid;
}

/**
 * The batches that were given to the disk, and how far it got. Operations asked for between two `take`s form one batch,
 * atomic and durable as a whole. A role that must wait for an operation keeps its `sequence`, and asks `isDurable` after
 * each `persisted` event. Nothing is remembered for a role that has ended.
 */
export class Persistence {
  /** As on disk once everything asked for is durable. */
  acceptedEpoch: number;
  currentEpoch: number;
  #lastDurable: Zxid;
  #operations: PersistOperation[] = [];
  #appended: Entry[] | undefined;
  #inflight: Inflight[] = [];
  #taken = 0;
  #durable = 0;

  constructor(acceptedEpoch: number, currentEpoch: number, lastDurable: Zxid) {
    invariant(currentEpoch <= acceptedEpoch, `currentEpoch ${currentEpoch} > acceptedEpoch ${acceptedEpoch}`);
    this.acceptedEpoch = acceptedEpoch;
    this.currentEpoch = currentEpoch;
    this.#lastDurable = lastDurable;
  }

  /** The last entry that this server may claim to have. */
  get lastDurable(): Zxid {
    return this.#lastDurable;
  }

  /** The batch with which everything asked for so far is durable. */
  get sequence(): number {
    return this.#operations.length > 0 ? this.#taken + 1 : this.#taken;
  }

  isDurable(sequence: number): boolean {
    return sequence <= this.#durable;
  }

  append(entry: Entry): void {
    if (this.#appended === undefined) {
      this.#appended = [];
      this.#operations.push({ type: 'append', entries: this.#appended });
    }
    this.#appended.push(entry);
  }

  truncate(after: Zxid): void {
    // A batch in flight could otherwise report entries as durable that this one removes.
    invariant(this.isDurable(this.sequence), 'truncation while older batches are in flight');
    this.#appended = undefined;
    this.#operations.push({ type: 'truncate', after });
    if (after < this.#lastDurable) this.#lastDurable = after;
  }

  /** Returns the sequence that makes the epochs durable. */
  setEpochs(acceptedEpoch: number, currentEpoch: number): number {
    invariant(acceptedEpoch >= this.acceptedEpoch, `acceptedEpoch falls to ${acceptedEpoch}`);
    invariant(currentEpoch >= this.currentEpoch, `currentEpoch falls to ${currentEpoch}`);
    invariant(currentEpoch <= acceptedEpoch, `currentEpoch ${currentEpoch} > acceptedEpoch ${acceptedEpoch}`);
    this.#appended = undefined;
    this.acceptedEpoch = acceptedEpoch;
    this.currentEpoch = currentEpoch;
    this.#operations.push({ type: 'epochs', acceptedEpoch, currentEpoch });
    return this.sequence;
  }

  /** A checkpoint has replaced the log, durably. */
  reset(zxid: Zxid): void {
    // A batch in flight would afterwards report the end of a log that is gone.
    invariant(this.isDurable(this.sequence), 'a checkpoint replaced the log while batches were in flight');
    this.#lastDurable = zxid;
  }

  /** The disk has failed: nothing more is given to it. */
  abandon(): void {
    this.#operations = [];
    this.#appended = undefined;
  }

  /** The batch of everything asked for since the last one; `last` is the end of the log after it. */
  take(last: Zxid): PersistBatch | undefined {
    if (this.#operations.length === 0) return undefined;
    this.#taken += 1;
    const batch = { sequence: this.#taken, operations: this.#operations };
    this.#inflight.push({ sequence: batch.sequence, last });
    this.#operations = [];
    this.#appended = undefined;
    return batch;
  }

  persisted(sequence: number): void {
    if (sequence > this.#taken)
      throw new InvariantError(`batch ${sequence} is durable but was never given out`);
    if (sequence <= this.#durable) return;
    this.#durable = sequence;
    let done = 0;
    for (const batch of this.#inflight) {
      if (batch.sequence > sequence) break;
      this.#lastDurable = batch.last;
      done += 1;
    }
    // A handful of batches at most is in flight: the shell writes them in groups.
    this.#inflight.splice(0, done);
  }
}
