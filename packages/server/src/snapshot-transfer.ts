import { ZXID_ZERO, type Zxid } from '@conclave/protocol';
import type { SnapshotInstall, Storage } from '@conclave/storage';
import type { ServerId } from '@conclave/zab';
import type { Clock } from './environment.ts';
import type { LinkMessage } from './link-messages.ts';
import type { PeerLinks } from './peer-links.ts';

/** How much of a snapshot may be on its way to a follower. */
const IN_FLIGHT_BYTES_MAX = 4 * 1024 * 1024;
const LOOK_AGAIN_MS = 2;

/**
 * Streams the durable checkpoint to `peer`, no faster than the link takes it, and returns the zxid it stands
 * for. Throws when `signal` aborts (the link broke, or leadership ended).
 */
export async function sendSnapshot(
  peer: ServerId,
  storage: Storage,
  links: PeerLinks,
  clock: Clock,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<Zxid> {
  const send = (message: LinkMessage): void => {
    links.send(peer, message);
    links.flush();
  };
  const { zxid, chunks } = await storage.readSnapshot({ signal });
  let begun = false;
  for await (const bytes of chunks) {
    signal.throwIfAborted();
    if (!begun) send({ type: 'snapshotBegin', zxid });
    begun = true;
    send({ type: 'snapshotChunk', bytes });
    onProgress();
    while (links.bufferedBytes(peer) > IN_FLIGHT_BYTES_MAX) {
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
      signal.throwIfAborted();
    }
  }
  signal.throwIfAborted();
  if (!begun) send({ type: 'snapshotBegin', zxid });
  send({ type: 'snapshotEnd' });
  return zxid;
}

export type SnapshotMessage = Extract<
  LinkMessage,
  { type: 'snapshotBegin' | 'snapshotChunk' | 'snapshotEnd' }
>;

/**
 * Takes in a snapshot from the leader, part by part in the order of their arrival, and keeps it aside until it
 * is wanted. A new one replaces one that was begun before.
 */
export class SnapshotReceiver {
  readonly #storage: Storage;
  #install: SnapshotInstall | undefined;
  #zxid = ZXID_ZERO;
  #tail: Promise<void> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Calls `onReceived` when a snapshot is whole, `onFailed` when it cannot become so. */
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

  /** Makes the snapshot that was received last this server's durable state. */
  async install(): Promise<void> {
    await this.#tail;
    const install = this.#install;
    this.#install = undefined;
    await install?.commit();
  }

  /** Gives up what has arrived so far: its sender is gone. */
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
        if (this.#install !== undefined) onReceived(this.#zxid);
        return;
      default:
        message satisfies never;
    }
  }

  async #drop(): Promise<void> {
    const install = this.#install;
    this.#install = undefined;
    await install?.abort();
  }
}
