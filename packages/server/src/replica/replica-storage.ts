import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { type PersistBatch, type Recovered, type Storage, StorageError } from '@conclave/storage';
import { Tree, type TreeOptions } from '@conclave/tree';
import type { ServerId } from '@conclave/zab';
import type { Logger } from 'pino';
import type { Clock } from '../environment/environment.ts';
import { Checkpointer, type CheckpointerOptions, loadCheckpoint } from './checkpointer.ts';
import { type SnapshotMessage, SnapshotReceiver } from './snapshot-transfer.ts';

export interface ReplicaStorageOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly tree: TreeOptions;
  readonly checkpoints: Pick<CheckpointerOptions, 'checkpointTxns' | 'checkpointBytes'>;
  readonly openStorage: () => Promise<Storage>;
}

export interface ReplicaStorageListener {
  onPersisted(sequence: number): void;
  /** The checkpoint of this state is on disk. */
  onCheckpointed(zxid: Zxid): void;
  onSnapshotReceived(from: ServerId, zxid: Zxid): void;
  onSnapshotFailed(from: ServerId): void;
  /** A snapshot has replaced the state on disk. `tree` is the state that it holds. */
  onSnapshotInstalled(zxid: Zxid, tree: Tree): void;
  /** The disk has failed. Nothing is written until the storage has been opened again. */
  onFailed(): void;
  /**
   * The disk takes writes again. What was submitted last may not be on it. `checkpoint` is the state on disk if that is
   * later than the state that was applied, because a snapshot had just come into place when the disk failed.
   */
  onReopened(recovered: Recovered, checkpoint: Tree | undefined): void;
  /** The last transaction that has been applied in memory. */
  lastApplied(): Zxid;
  onFatal(error: unknown): void;
}

const REOPEN_MS = 1_000;

/**
 * Everything that a replica has on disk: the log, the checkpoints that are written at intervals, and snapshots that come
 * from the leader. After a failure of the disk that may pass, the storage is opened again as soon as there is room.
 */
export class ReplicaStorage {
  readonly checkpointer: Checkpointer;
  readonly #options: ReplicaStorageOptions;
  readonly #listener: ReplicaStorageListener;
  #storage: Storage;
  #receiver: SnapshotReceiver;
  #receivingFrom: ServerId | undefined;
  #failure: StorageError | undefined;
  #reopening: Promise<void> | undefined;
  #closed = false;

  /** Takes over what `openState` has opened. */
  constructor(options: ReplicaStorageOptions, storage: Storage, listener: ReplicaStorageListener) {
    const { checkpoints, clock, log } = options;
    this.#options = options;
    this.#listener = listener;
    this.#storage = storage;
    this.#receiver = new SnapshotReceiver(storage);
    this.checkpointer = new Checkpointer(
      {
        ...checkpoints,
        clock,
        log,
        onDurable: (zxid) => listener.onCheckpointed(zxid),
        onFatal: (error) => listener.onFatal(error),
      },
      storage.recovered.checkpointZxid,
    );
    this.#watch(storage);
  }

  /** The storage that snapshots for other servers are read from. */
  get current(): Storage {
    return this.#storage;
  }

  /** The reason why nothing is written at present; undefined if the disk works. */
  get failure(): StorageError | undefined {
    return this.#failure;
  }

  persist(batch: PersistBatch): void {
    if (this.#failure === undefined) this.#storage.submit(batch);
  }

  /** Begins a checkpoint of `tree` if one is due. */
  maybeCheckpoint(tree: Tree): void {
    if (this.#failure === undefined) this.checkpointer.maybeBegin(tree, this.#storage);
  }

  /**
   * Handles one part of a snapshot. Parts from any peer other than the one that began the latest snapshot are ignored.
   * Returns whether the part was taken.
   */
  receive(from: ServerId, message: SnapshotMessage): boolean {
    if (message.type === 'snapshotBegin') this.#receivingFrom = from;
    if (this.#receivingFrom !== from) return false;
    this.#receiver.handle(
      message,
      (zxid) => this.#listener.onSnapshotReceived(from, zxid),
      (err) => {
        this.#options.log.error({ peerId: from, err }, 'a snapshot could not be received');
        this.#listener.onSnapshotFailed(from);
      },
    );
    return true;
  }

  /** The link to `peer` broke. */
  stopReceiving(peer: ServerId): void {
    if (this.#receivingFrom !== peer) return;
    this.#receivingFrom = undefined;
    this.#receiver.abort();
  }

  /** Gives up a complete snapshot that is not wanted. */
  discardSnapshot(): void {
    this.#receiver.discard();
  }

  /** Puts the complete snapshot into place; to be called when it has been received. */
  installSnapshot(zxid: Zxid): void {
    this.#install(zxid).catch((error: unknown) => this.#handleInstallFailure(error));
  }

  /** Resolves when everything submitted is on disk, and nothing writes any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#reopening;
    await this.#closeCurrent();
  }

  async #install(zxid: Zxid): Promise<void> {
    this.#receivingFrom = undefined;
    const storage = this.#storage;
    const install = this.#receiver.claim();
    if (install === undefined) throw new TypeError(`the snapshot at ${zxid} is wanted and not there`);
    await this.checkpointer.settled();
    await install.commit();
    const tree = await loadTree(storage, zxid, this.#options.tree);
    // The disk failed meanwhile and was opened again, so its present state has been read already.
    if (storage !== this.#storage) return;
    this.#listener.onSnapshotInstalled(zxid, tree);
  }

  /**
   * It is not known whether the snapshot is in place, so the storage is opened again to find out. That is tried at
   * intervals, because a storage that goes on with a full disk does not report when there is room.
   */
  #handleInstallFailure(error: unknown): void {
    if (this.#closed) return;
    const mayHelp = error instanceof StorageError && (error.recoverable || error.code === 'CORRUPT_SNAPSHOT');
    if (!mayHelp) {
      this.#listener.onFatal(error);
      return;
    }
    if (this.#failure !== undefined) return;
    this.#handleFailure(error);
    this.#options.clock.after(REOPEN_MS, () => this.#recover());
  }

  #watch(storage: Storage): void {
    storage.onPersisted = (sequence) => this.#listener.onPersisted(sequence);
    storage.onFailure = (error) => {
      if (isBrokenInvariant(error)) this.#listener.onFatal(error);
      else this.#handleFailure(error);
    };
    storage.onRoom = () => this.#recover();
  }

  #handleFailure(error: StorageError): void {
    this.#failure = error;
    this.#options.log.error(
      { err: error },
      'the log cannot be written; this server leaves the quorum until it can',
    );
    this.#listener.onFailed();
  }

  #recover(): void {
    if (this.#closed || this.#reopening !== undefined) return;
    this.#reopening = this.#reopen()
      .catch((error: unknown) => this.#listener.onFatal(error))
      .finally(() => {
        this.#reopening = undefined;
      });
  }

  async #reopen(): Promise<void> {
    const { log, tree } = this.#options;
    await this.#closeCurrent();
    const storage = await this.#openAgain();
    if (storage === undefined) return;
    this.#storage = storage;
    this.#receiver = new SnapshotReceiver(storage);
    const { recovered } = storage;
    const isLater = recovered.checkpointZxid > this.#listener.lastApplied();
    const checkpoint = isLater ? await loadTree(storage, recovered.checkpointZxid, tree) : undefined;
    if (this.#closed) return;
    this.#watch(storage);
    this.#failure = undefined;
    log.info({ zxid: this.#listener.lastApplied() }, 'the log can be written again');
    this.#listener.onReopened(recovered, checkpoint);
  }

  async #closeCurrent(): Promise<void> {
    await this.#receiver.settled();
    await this.#storage.close();
    await this.checkpointer.settled();
  }

  /** Opens the storage as soon as the disk permits. Returns undefined if this server is closed meanwhile. */
  async #openAgain(): Promise<Storage | undefined> {
    const { clock, log, openStorage } = this.#options;
    while (!this.#closed) {
      try {
        return await openStorage();
      } catch (err) {
        if (!(err instanceof StorageError && err.recoverable)) throw err;
        log.warn({ err }, 'the log cannot be opened yet');
        await new Promise<void>((resolve) => clock.after(REOPEN_MS, resolve));
      }
    }
    return undefined;
  }
}

/** Whether this server has contradicted itself: waiting for the disk does not help then. */
function isBrokenInvariant({ code }: StorageError): boolean {
  return code === 'INVARIANT_BROKEN' || code === 'OUT_OF_ORDER';
}

/** Opens the storage and loads the state from it. Throws the storage's typed errors when it cannot be trusted. */
export async function openState(options: ReplicaStorageOptions): Promise<{ storage: Storage; tree: Tree }> {
  const { log } = options;
  const storage = await options.openStorage();
  try {
    const { checkpointZxid, entries, notes, trusted } = storage.recovered;
    for (const note of notes) log.warn({ note }, 'recovered from an unclean shutdown');
    const tree = await loadTree(storage, checkpointZxid, options.tree);
    log.info({ checkpointZxid, entries: entries.length, trusted }, 'state recovered');
    return { storage, tree };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function loadTree(storage: Storage, zxid: Zxid, options: TreeOptions): Promise<Tree> {
  const tree = new Tree(options);
  return zxid === ZXID_ZERO ? Promise.resolve(tree) : loadCheckpoint(tree, storage, zxid);
}
