import { unreachable, ZXID_ZERO, type Zxid } from '@conclave/protocol';
import { type SnapshotInstall, type Storage, StorageError } from '@conclave/storage';
import type { ServerId, ZabEvent } from '@conclave/zab';
import type { Logger } from 'pino';
import type { Clock } from '../environment/environment.ts';
import type { LinkMessage } from '../peers/link-messages.ts';
import type { PeerLinks } from '../peers/peer-links.ts';

/** Limit of the bytes of a snapshot that are on their way to a follower. */
const IN_FLIGHT_BYTES_MAX = 4 * 1024 * 1024;
const LOOK_AGAIN_MS = 2;

export interface SnapshotSenderOptions {
  readonly links: PeerLinks;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with events for the agreement protocol. */
  readonly onEvent: (event: SnapshotEvent) => void;
  /** This server's own checkpoint is damaged, so a server that needs it could never follow. */
  readonly onSpoilt: (error: StorageError) => void;
}

type SnapshotEvent = Extract<ZabEvent, { type: 'snapshot-progress' | 'snapshot-sent' | 'snapshot-failed' }>;

/** Streams the durable checkpoint to followers that are too far behind, no faster than their links take it. */
export class SnapshotSender {
  readonly #options: SnapshotSenderOptions;
  readonly #running = new Map<ServerId, AbortController>();

  constructor(options: SnapshotSenderOptions) {
    this.#options = options;
  }

  /** Begins a transfer. A transfer that is under way to the same peer is given up. */
  send(peer: ServerId, storage: Storage): void {
    this.stop(peer);
    const abort = new AbortController();
    this.#running.set(peer, abort);
    void this.#run(peer, storage, abort);
  }

  /** The link to `peer` broke. */
  stop(peer: ServerId): void {
    this.#running.get(peer)?.abort(new Error('the transfer was cancelled'));
    this.#running.delete(peer);
  }

  stopAll(): void {
    for (const peer of [...this.#running.keys()]) this.stop(peer);
  }

  async #run(peer: ServerId, storage: Storage, abort: AbortController): Promise<void> {
    const { log, onEvent, onSpoilt } = this.#options;
    log.info({ peerId: peer }, 'sending a snapshot');
    try {
      const zxid = await this.#stream(peer, storage, abort.signal);
      log.info({ peerId: peer, zxid }, 'a snapshot was sent');
      onEvent({ type: 'snapshot-sent', peer, zxid });
    } catch (err) {
      if (abort.signal.aborted) return;
      log.warn({ peerId: peer, err }, 'a snapshot could not be sent');
      if (err instanceof StorageError && err.code === 'CORRUPT_CHECKPOINT') onSpoilt(err);
      else onEvent({ type: 'snapshot-failed', peer });
    } finally {
      if (this.#running.get(peer) === abort) this.#running.delete(peer);
    }
  }

  async #stream(peer: ServerId, storage: Storage, signal: AbortSignal): Promise<Zxid> {
    const { links, clock, onEvent } = this.#options;
    const send = (message: SnapshotMessage): void => {
      signal.throwIfAborted();
      links.send(peer, message);
      links.flush();
    };
    const { zxid, chunks } = await storage.readSnapshot({ signal });
    send({ type: 'snapshotBegin', zxid });
    for await (const bytes of chunks) {
      send({ type: 'snapshotChunk', bytes });
      onEvent({ type: 'snapshot-progress', peer });
      while (links.bufferedBytes(peer) > IN_FLIGHT_BYTES_MAX) {
        await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
        signal.throwIfAborted();
      }
    }
    send({ type: 'snapshotEnd' });
    return zxid;
  }
}

export type SnapshotMessage = Extract<
  LinkMessage,
  { type: 'snapshotBegin' | 'snapshotChunk' | 'snapshotEnd' }
>;

/**
 * Receives a snapshot from the leader, part by part in the order of arrival, and keeps it aside until it is claimed or
 * discarded. A new snapshot replaces one that was begun before. A complete one stays, whatever happens to its sender.
 */
export class SnapshotReceiver {
  readonly #storage: Storage;
  #install: SnapshotInstall | undefined;
  #whole: SnapshotInstall | undefined;
  #zxid = ZXID_ZERO;
  #tail: Promise<void> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Calls `onReceived` when a snapshot is complete, and `onFailed` when it cannot become complete. */
  handle(
    message: SnapshotMessage,
    onReceived: (zxid: Zxid) => void,
    onFailed: (error: unknown) => void,
  ): void {
    this.#tail = this.#tail
      .then(() => this.#step(message, onReceived))
      .catch(async (error: unknown) => {
        await this.#drop();
        onFailed(error);
      });
  }

  /** Hands over the complete snapshot, which belongs to the caller from now on. */
  claim(): SnapshotInstall | undefined {
    const whole = this.#whole;
    this.#whole = undefined;
    return whole;
  }

  /** Gives up the complete snapshot, because it came too late to be wanted. */
  discard(): void {
    const unwanted = this.claim();
    if (unwanted !== undefined) this.#tail = this.#tail.then(() => unwanted.abort()).catch(() => {});
  }

  /** Gives up the parts that have arrived so far, because their sender is gone. */
  abort(): void {
    this.#tail = this.#tail.then(() => this.#drop()).catch(() => {});
  }

  async settled(): Promise<void> {
    await this.#tail;
  }

  async #step(message: SnapshotMessage, onReceived: (zxid: Zxid) => void): Promise<void> {
    switch (message.type) {
      case 'snapshotBegin':
        await this.#drop();
        this.#zxid = message.zxid;
        this.#install = this.#storage.installSnapshot(message.zxid);
        return;
      case 'snapshotChunk':
        await this.#install?.write(message.bytes);
        return;
      case 'snapshotEnd':
        if (this.#install === undefined) return;
        this.#whole = this.#install;
        this.#install = undefined;
        onReceived(this.#zxid);
        return;
      default:
        unreachable(message);
    }
  }

  async #drop(): Promise<void> {
    const install = this.#install;
    this.#install = undefined;
    await install?.abort();
  }
}
