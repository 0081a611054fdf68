import type { Zxid } from '@conclave/protocol';
import type { CheckpointLink } from '../checkpoint/checkpoint-messages.ts';
import { StorageError } from '../errors.ts';
import type { LogLink } from '../log/log-messages.ts';
import type { Mutex } from '../mutex.ts';
import type { SnapshotInstall } from '../storage.ts';

/** The parts of its storage that an install needs. */
export interface InstallHost {
  /** Holds back the batches that are submitted while `run` does its work. */
  holding(run: () => Promise<void>): Promise<void>;
  /** Called when the checkpoint on disk is the snapshot. */
  replaced(): void;
  /** Called when the install is over. `error` is the failure of its commit. */
  ended(error?: unknown): void;
}

/**
 * Receives a snapshot into the one write transaction of the checkpoint. `commit` takes three steps, each durable
 * before the next:
 *
 * 1. The checkpoint is replaced, with a flag that the log is to be cleared.
 * 2. The log is cleared, with the snapshot's zxid as its base.
 * 3. The flag is removed from the checkpoint.
 *
 * A crash before the end of step 1 leaves everything as it was. After it, opening the storage does steps 2 and 3.
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
    // The next call gets the rejection. There may never be one, so the rejection must not count as unhandled.
    this.#begun.catch(() => undefined);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    // A copy, because the caller's chunk may be a view of memory that is used for other things.
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
