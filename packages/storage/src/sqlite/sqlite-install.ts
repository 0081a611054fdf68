import type { Zxid } from '@conclave/protocol';
import type { CheckpointLink } from '../checkpoint/checkpoint-messages.ts';
import { StorageError } from '../errors.ts';
import type { LogLink } from '../log/log-messages.ts';
import type { Mutex } from '../mutex.ts';
import type { SnapshotInstall } from '../storage.ts';

/** What an install needs of its storage. */
export interface InstallHost {
  /** Batches submitted while `run` does its work wait for its end. */
  holding(run: () => Promise<void>): Promise<void>;
  /** The checkpoint on disk is the snapshot now. */
  replaced(): void;
  /** The install is over; `error` is what its commit failed with. */
  ended(error?: unknown): void;
}

/**
 * Receives a snapshot into the one write transaction of the checkpoint. `commit` takes three steps, each durable
 * before the next:
 *
 * 1. the checkpoint is replaced, and says that the log is to be cleared;
 * 2. the log is cleared, with the snapshot's zxid as its base;
 * 3. the checkpoint says no more that the log is to be cleared.
 *
 * A crash before the end of 1 leaves everything as it was; after it, opening the storage does 2 and 3.
 */
export class SqliteInstall implements SnapshotInstall {
  readonly #zxid: Zxid;
  readonly #log: LogLink;
  readonly #checkpoint: CheckpointLink;
  readonly #host: InstallHost;
  readonly #begun: Promise<() => void>;
  #committing: Promise<void> | undefined;
  #state: 'open' | 'failed' | 'committing' | 'ended' = 'open';

  constructor(zxid: Zxid, writing: Mutex, log: LogLink, checkpoint: CheckpointLink, host: InstallHost) {
    this.#zxid = zxid;
    this.#log = log;
    this.#checkpoint = checkpoint;
    this.#host = host;
    this.#begun = this.#begin(writing);
    // Whoever calls next gets the rejection; nobody may ever call.
    this.#begun.catch(() => undefined);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    // A copy, since the caller's chunk may be a view on memory that is used for other things.
    const copy = new Uint8Array(chunk);
    await this.#begun;
    this.#mustBeOpen();
    try {
      await this.#checkpoint.request({ type: 'installChunk', chunk: copy }, [copy.buffer]);
    } catch (error) {
      if (this.#state === 'open') this.#state = 'failed';
      throw error;
    }
  }

  async commit(): Promise<void> {
    this.#mustBeOpen();
    this.#state = 'committing';
    this.#committing = this.#host.holding(() => this.#replace());
    await this.#committing;
  }

  async abort(): Promise<void> {
    await this.#committing?.catch(() => undefined);
    if (this.#state !== 'ended') await this.#end();
  }

  async #replace(): Promise<void> {
    let failure: unknown;
    try {
      await this.#begun;
      await this.#checkpoint.request({ type: 'commitInstall' });
      this.#host.replaced();
      await this.#log.request({ type: 'clear', base: this.#zxid });
      await this.#checkpoint.request({ type: 'logCleared' });
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      await this.#end(failure);
    }
  }

  async #begin(writing: Mutex): Promise<() => void> {
    const release = await writing.acquire();
    try {
      if (this.#state === 'ended') throw new StorageError('CLOSED', 'the install was aborted');
      await this.#checkpoint.request({ type: 'beginInstall', zxid: this.#zxid });
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  async #end(failure?: unknown): Promise<void> {
    this.#state = 'ended';
    try {
      const release = await this.#begun;
      await this.#checkpoint.request({ type: 'rollback' }).catch(() => undefined);
      release();
    } catch {
      // It never began: there is nothing to roll back, and the mutex has been released.
    }
    this.#host.ended(failure);
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open') throw new StorageError('CLOSED', `the install has ${this.#state}`);
  }
}
