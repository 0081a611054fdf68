import { InvariantError } from '@conclave/protocol';
import { StorageError } from './errors.ts';

interface PendingBatch {
  readonly sequence: number;
  readonly bytes: number;
}

/**
 * The batches that were submitted and are not yet durable, oldest first. It checks both borders of the storage: the
 * owner submits sequences that grow, and the disk reports one of them at a time, each once and in order. A report that
 * came twice, or for a batch that was never submitted, would let this server acknowledge entries that it does not have.
 */
export class PendingBatches {
  #batches: PendingBatch[] = [];
  /** The batches before this index are durable. */
  #head = 0;
  #bytes = 0;
  #lastSubmitted = Number.NEGATIVE_INFINITY;

  /** The bytes of all batches that are not yet durable. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws `OUT_OF_ORDER` if the sequence does not follow the last one. */
  mustFollow(sequence: number): void {
    if (sequence > this.#lastSubmitted) return;
    throw new StorageError('OUT_OF_ORDER', `batch ${sequence} submitted after batch ${this.#lastSubmitted}`);
  }

  add(sequence: number, bytes: number): void {
    this.mustFollow(sequence);
    this.#lastSubmitted = sequence;
    this.#batches.push({ sequence, bytes });
    this.#bytes += bytes;
  }

  /**
   * Takes a report that every batch up to `sequence` is durable; one report may cover several. Throws `InvariantError`
   * unless `sequence` is that of a pending batch.
   */
  persisted(sequence: number): void {
    let last: PendingBatch | undefined;
    for (let next = this.#batches[this.#head]; next; next = this.#batches[this.#head]) {
      if (next.sequence > sequence) break;
      this.#bytes -= next.bytes;
      this.#head++;
      last = next;
    }
    if (last?.sequence !== sequence) {
      throw new InvariantError(`batch ${sequence} was reported as persisted, but it was not pending`);
    }
    if (this.#head === this.#batches.length) {
      if (this.#bytes !== 0) throw new InvariantError(`${this.#bytes} bytes are pending without a batch`);
      this.#batches = [];
      this.#head = 0;
    } else if (this.#head > COMPACT_ABOVE) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
  }
}

const COMPACT_ABOVE = 1024;
