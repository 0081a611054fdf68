import type { Zxid } from '@conclave/protocol';
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
): Promise<Zxid> {
  const send = (message: LinkMessage): void => {
    links.send(peer, message);
    links.flush();
  };
  const { zxid, chunks } = await storage.readSnapshot();
  let begun = false;
  for await (const bytes of chunks) {
    signal.throwIfAborted();
    if (!begun) send({ type: 'snapshotBegin', zxid });
    begun = true;
    send({ type: 'snapshotChunk', bytes });
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

/** Receives one snapshot after another, strictly in the order in which their parts arrive. */
export class SnapshotReceiver {
  readonly #storage: Storage;
  #install: SnapshotInstall | undefined;
  #zxid: Zxid | undefined;
  #tail: Promise<void> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Calls `onInstalled` when a snapshot has become this server's durable state, `onFailed` when it could not. */
  handle(
    message: SnapshotMessage,
    onInstalled: (zxid: Zxid) => void,
    onFailed: (error: unknown) => void,
  ): void {
    this.#tail = this.#tail
      .then(() => this.#step(message, onInstalled))
      .catch(async (error: unknown) => {
        await this.#drop();
        onFailed(error);
      });
  }

  /** Gives up what has arrived so far: its sender is gone. */
  abort(): void {
    this.#tail = this.#tail.then(() => this.#drop());
  }

  async settled(): Promise<void> {
    await this.#tail;
  }

  async #step(message: SnapshotMessage, onInstalled: (zxid: Zxid) => void): Promise<void> {
    switch (message.type) {
      case 'snapshotBegin':
        await this.#drop();
        this.#zxid = message.zxid;
        this.#install = this.#storage.installSnapshot(message.zxid);
        return;
      case 'snapshotChunk':
        await this.#install?.write(message.bytes);
        return;
      case 'snapshotEnd': {
        const install = this.#install;
        const zxid = this.#zxid;
        this.#install = undefined;
        this.#zxid = undefined;
        if (install === undefined || zxid === undefined) return;
        await install.commit();
        onInstalled(zxid);
        return;
      }
      default:
        message satisfies never;
    }
  }

  async #drop(): Promise<void> {
    const install = this.#install;
    this.#install = undefined;
    this.#zxid = undefined;
    await install?.abort();
  }
}
