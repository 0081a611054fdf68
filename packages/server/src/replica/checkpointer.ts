import { InvariantError, type Zxid } from '@conclave/protocol';
import type { CheckpointRow, Storage } from '@conclave/storage';
import type { Tree } from '@conclave/tree';
import type { Logger } from 'pino';
import type { Clock } from '../environment/environment.ts';

const ROWS_PER_SLICE = 500;

export interface CheckpointerOptions {
  /** A checkpoint is due after so many transactions or bytes of log, whichever comes first. */
  readonly checkpointTxns: number;
  readonly checkpointBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onDurable: (zxid: Zxid) => void;
  /** The tree or the storage has contradicted itself. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Writes checkpoints at intervals. Each holds the changes since the last one, and is written a slice in each turn of the
 * event loop, so that requests go on in between. The log before the last checkpoint but one is removed.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #zxid: Zxid;
  #txns = 0;
  #bytes = 0;
  #run: Promise<void> | undefined;

  constructor(options: CheckpointerOptions, zxid: Zxid) {
    this.#options = options;
    this.#zxid = zxid;
  }

  /** The zxid of the durable checkpoint. */
  get zxid(): Zxid {
    return this.#zxid;
  }

  /** A transaction of `bytes` bytes was applied. */
  count(bytes: number): void {
    this.#txns++;
    this.#bytes += bytes;
  }

  /** A snapshot has become the durable checkpoint. */
  replacedBy(zxid: Zxid): void {
    this.#zxid = zxid;
    this.#txns = 0;
    this.#bytes = 0;
  }

  /** Begins a checkpoint if one is due and none is under way. */
  maybeBegin(tree: Tree, storage: Storage): void {
    const { checkpointTxns, checkpointBytes } = this.#options;
    if (this.#run !== undefined || (this.#txns < checkpointTxns && this.#bytes < checkpointBytes)) return;
    this.#txns = 0;
    this.#bytes = 0;
    this.#run = this.#write(tree, storage);
  }

  /** Resolves when no checkpoint is under way. */
  async settled(): Promise<void> {
    await this.#run;
  }

  async #write(tree: Tree, storage: Storage): Promise<void> {
    const previous = this.#zxid;
    try {
      const zxid = tree.beginCheckpoint();
      try {
        await storage.writeCheckpoint(this.#slices(tree), zxid);
      } catch (error) {
        tree.abandonCheckpoint();
        throw error;
      }
      this.#zxid = zxid;
      this.#options.onDurable(zxid);
      // The log of one checkpoint stays, so that a follower that was away for a short time needs no snapshot.
      await storage.purge(previous);
    } catch (err) {
      if (err instanceof InvariantError) this.#options.onFatal(err);
      this.#options.log.error(
        { err },
        'the checkpoint could not be written; the server will try again later',
      );
    } finally {
      this.#run = undefined;
    }
  }

  async *#slices(tree: Tree): AsyncGenerator<readonly CheckpointRow[]> {
    while (!tree.checkpointDone()) {
      yield tree.checkpointRows(ROWS_PER_SLICE);
      await new Promise<void>((resolve) => this.#options.clock.endOfTurn(resolve));
    }
  }
}

/** Loads the durable checkpoint into an empty tree. Throws `CorruptCheckpointError` or `CheckpointError`. */
export async function loadCheckpoint(empty: Tree, storage: Storage, zxid: Zxid): Promise<Tree> {
  for await (const rows of storage.readCheckpoint()) empty.loadRows(rows);
  empty.finishLoading(zxid);
  return empty;
}
