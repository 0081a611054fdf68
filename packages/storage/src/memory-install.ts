import type { Zxid } from '@conclave/protocol';
import { StorageError } from './errors.ts';
import { RowTally, rowChecksum } from './row-tally.ts';
import { SnapshotDecoder } from './snapshot-codec.ts';
import type { SnapshotInstall } from './storage.ts';
import type { Turn } from './turn.ts';

/** What an install needs of its storage. */
export interface MemoryInstallHost {
  /** Batches submitted from now on wait for `letGo`. */
  hold(): void;
  letGo(): void;
  replace(rows: Map<string, Uint8Array>): Promise<void>;
  ended(): void;
}

/** `SnapshotInstall` of the in-memory twin. */
export class MemoryInstall implements SnapshotInstall {
  readonly #writing: Turn;
  readonly #host: MemoryInstallHost;
  readonly #decoder: SnapshotDecoder;
  readonly #rows = new Map<string, Uint8Array>();
  readonly #tally = new RowTally();
  #state: 'open' | 'failed' | 'committing' | 'ended' = 'open';

  constructor(zxid: Zxid, writing: Turn, host: MemoryInstallHost) {
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
    this.#host.hold();
    const passOn = await this.#writing.take();
    try {
      if (this.#decoder.tally === undefined || !this.#decoder.tally.equals(this.#tally)) {
        throw new StorageError('CORRUPT_SNAPSHOT', 'the snapshot is damaged: it is not complete');
      }
      await this.#host.replace(this.#rows);
    } finally {
      this.#state = 'ended';
      passOn();
      this.#host.ended();
      this.#host.letGo();
    }
  }

  async abort(): Promise<void> {
    if (this.#state === 'committing' || this.#state === 'ended') return;
    this.#state = 'ended';
    this.#host.ended();
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open') throw new StorageError('CLOSED', `the install has ${this.#state}`);
  }
}
