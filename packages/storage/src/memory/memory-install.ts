import type { Zxid } from '@conclave/protocol';
import { RowTally, rowChecksum } from '../checkpoint/row-tally.ts';
import { SnapshotDecoder } from '../checkpoint/snapshot-codec.ts';
import { StorageError } from '../errors.ts';
import type { Mutex } from '../mutex.ts';
import type { SnapshotInstall } from '../storage.ts';

/** The parts of its storage that an install needs. */
export interface MemoryInstallHost {
  /** Holds back the batches that are submitted while `run` does its work. */
  holding(run: () => Promise<void>): Promise<void>;
  replace(rows: Map<string, Uint8Array>): Promise<void>;
  ended(): void;
}

/** `SnapshotInstall` of the in-memory twin. */
export class MemoryInstall implements SnapshotInstall {
  readonly #writing: Mutex;
  readonly #host: MemoryInstallHost;
  readonly #decoder: SnapshotDecoder;
  readonly #rows = new Map<string, Uint8Array>();
  readonly #tally = new RowTally();
  #committing: Promise<void> | undefined;
  #state: 'open' | 'failed' | 'committing' | 'ended' = 'open';

  constructor(zxid: Zxid, writing: Mutex, host: MemoryInstallHost) {
    this.#writing = writing;
    this.#host = host;
    this.#decoder = new SnapshotDecoder(zxid);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    try {
      for (const { key, value } of this.#decoder.decode(new Uint8Array(chunk))) {
        if (value === null) continue;
        this.#rows.set(new TextDecoder().decode(key), new Uint8Array(value));
        this.#tally.add(rowChecksum(key, value));
      }
    } catch (error) {
      this.#state = 'failed';
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
    if (this.#state !== 'ended') this.#end();
  }

  async #replace(): Promise<void> {
    const release = await this.#writing.acquire();
    try {
      if (this.#decoder.tally === undefined || !this.#decoder.tally.equals(this.#tally)) {
        throw new StorageError('CORRUPT_SNAPSHOT', 'the snapshot is damaged: it is not complete');
      }
      await this.#host.replace(this.#rows);
    } finally {
      release();
      this.#end();
    }
  }

  #end(): void {
    this.#state = 'ended';
    this.#host.ended();
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open') throw new StorageError('CLOSED', `the install has ${this.#state}`);
  }
}
