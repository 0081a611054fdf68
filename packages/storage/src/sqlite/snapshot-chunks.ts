import type { CheckpointLink } from '../checkpoint/checkpoint-messages.ts';
import { StorageError } from '../errors.ts';

/**
 * The chunks of a snapshot, from the checkpoint's thread. It is an object instead of a generator, because a generator
 * that was never started does not run its `finally`, and the reader would stay open.
 */
export class SnapshotChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #link: CheckpointLink;
  readonly #reader: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => void this.#release();
  #ready: readonly Uint8Array[] = [];
  #readyAt = 0;
  #released = false;

  constructor(link: CheckpointLink, reader: number, signal: AbortSignal | undefined) {
    this.#link = link;
    this.#reader = reader;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (signal?.aborted) void this.#release();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#signal?.throwIfAborted();
    if (this.#readyAt === this.#ready.length && !this.#released) await this.#fetch();
    this.#signal?.throwIfAborted();
    const value = this.#ready[this.#readyAt];
    if (value === undefined) return { done: true, value: undefined };
    this.#readyAt++;
    return { done: false, value };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    await this.#release();
    this.#ready = [];
    return { done: true, value: undefined };
  }

  async #fetch(): Promise<void> {
    try {
      this.#ready = await this.#link.request({ type: 'readChunks', reader: this.#reader });
      this.#readyAt = 0;
    } catch (error) {
      await this.#release();
      throw error;
    }
    if (this.#ready.length === 0) await this.#release();
  }

  async #release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    try {
      await this.#link.request({ type: 'closeReader', reader: this.#reader });
    } catch (error) {
      // The thread is gone, and the reader with it.
      if (!(error instanceof StorageError)) throw error;
    }
  }
}
