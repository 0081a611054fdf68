import { ByteWriter, FrameDecoder, ProtocolError } from '@conclave/protocol';
import type { ServerId } from '@conclave/zab';
import type { Logger } from 'pino';
import type { ByteStream } from '../environment/byte-stream.ts';
import type { Address, Clock, Entropy, Listener, Network } from '../environment/environment.ts';
import { LimitedLog } from '../environment/limited-log.ts';
import { type LinkMessage, readLinkMessage, writeLinkMessage } from './link-messages.ts';

/**
 * The largest frame between servers: a part of the history, a proposal with the largest payload, or a snapshot chunk.
 */
export const LINK_FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** A peer that reads so slowly that more than this piles up is cut off. It reconnects and is synchronised again. */
const LINK_BUFFER_BYTES_MAX = 128 * 1024 * 1024;
const HELLO_TIMEOUT_MS = 2_000;
const REDIAL_MIN_MS = 20;
const REDIAL_MAX_MS = 500;
const STRANGERS_MAX = 64;
/** In each round something is sent on every link. A link that receives nothing for too many rounds is cut. */
const ALIVE_ROUND_MS = 500;
const SILENT_ROUNDS_MAX = 5;

export interface PeerLinksOptions {
  readonly id: ServerId;
  /** Servers of another ensemble are refused. */
  readonly ensemble: string;
  readonly listenAddress: Address;
  readonly peers: ReadonlyMap<ServerId, Address>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly network: Network;
  readonly log: Logger;
}

export interface PeerLinksListener {
  onPeerConnected(peer: ServerId): void;
  onPeerDisconnected(peer: ServerId): void;
  onPeerMessage(peer: ServerId, message: LinkMessage): void;
}

/**
 * One stream to every other server. In each pair the server with the higher id dials. A stream that breaks is reported
 * at once and dialled again with back-off. Messages sent while there is no stream are dropped, because the agreement
 * protocol starts every new stream with a synchronisation.
 *
 * A stream on which nothing arrives for 2.5 s is cut. A firewall that has dropped its state reports nothing, so without
 * this a server would not hear its leader, and would look for one, until the operating system gave the stream up. The
 * silence is counted in rounds and not in time, so that a server that was paused does not blame its peers.
 */
export class PeerLinks {
  readonly #options: PeerLinksOptions;
  readonly #listener: PeerLinksListener;
  readonly #refusalLog: LimitedLog;
  readonly #links = new Map<ServerId, Link>();
  readonly #strangers = new Set<ByteStream>();
  readonly #cancels = new Map<ServerId, () => void>();
  readonly #unflushed = new Set<Link>();
  #door: Listener | undefined;
  #cancelRound: () => void = () => {};
  #closed = false;

  constructor(options: PeerLinksOptions, listener: PeerLinksListener) {
    this.#options = options;
    this.#listener = listener;
    this.#refusalLog = new LimitedLog(options.log, options.clock);
  }

  /** The address that peers connect to; known once `open` has resolved. */
  get address(): Address | undefined {
    return this.#door?.address;
  }

  async open(): Promise<void> {
    const { clock, id, listenAddress, network, peers } = this.#options;
    if (peers.size > 0) this.#door = await network.listen(listenAddress, (stream) => this.#accept(stream));
    for (const peer of peers.keys()) if (peer < id) this.#dial(peer, 0);
    if (peers.size > 0) this.#cancelRound = clock.after(ALIVE_ROUND_MS, this.#round);
  }

  connected(peer: ServerId): boolean {
    return this.#links.has(peer);
  }

  /** Queues `message` until `flush`. Returns false if there is no stream to that peer. */
  send(peer: ServerId, message: LinkMessage): boolean {
    const link = this.#links.get(peer);
    if (link === undefined) return false;
    writeLinkMessage(link.writer, message);
    this.#unflushed.add(link);
    return true;
  }

  /** Sends everything that is queued, with one socket write for each peer. */
  flush(): void {
    for (const link of this.#unflushed) {
      if (link.writer.length === 0) continue;
      link.stream.write(link.writer.take());
      link.hasSpoken = true;
      if (link.stream.bufferedBytes > LINK_BUFFER_BYTES_MAX) {
        this.#options.log.warn({ peerId: link.peer }, 'peer reads too slowly; link closed');
        link.stream.destroy();
      }
    }
    this.#unflushed.clear();
  }

  /** Bytes on their way to `peer`. The sender of a snapshot uses it to pace itself. */
  bufferedBytes(peer: ServerId): number {
    return this.#links.get(peer)?.stream.bufferedBytes ?? 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRound();
    this.flush();
    for (const cancel of this.#cancels.values()) cancel();
    for (const link of this.#links.values()) link.stream.end();
    for (const stream of this.#strangers) stream.destroy();
    await this.#door?.close();
  }

  readonly #round = (): void => {
    if (this.#closed) return;
    for (const link of this.#links.values()) {
      if (!link.hasSpoken) this.send(link.peer, { type: 'alive' });
      link.hasSpoken = false;
      link.silentRounds++;
      if (link.silentRounds <= SILENT_ROUNDS_MAX) continue;
      this.#options.log.warn({ peerId: link.peer }, 'nothing received from peer; link closed');
      link.stream.destroy();
    }
    this.flush();
    this.#cancelRound = this.#options.clock.after(ALIVE_ROUND_MS, this.#round);
  };

  #dial(peer: ServerId, attempt: number): void {
    if (this.#closed) return;
    const { clock, entropy, network, peers } = this.#options;
    const address = peers.get(peer);
    if (address === undefined) return;
    const retry = (): void => {
      if (this.#closed) return;
      const ceiling = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** attempt);
      const delayMs = ceiling / 2 + (entropy.fraction() * ceiling) / 2;
      this.#cancels.set(
        peer,
        clock.after(delayMs, () => this.#dial(peer, attempt + 1)),
      );
    };
    const cancel = network.dial(address, (result) => {
      this.#cancels.delete(peer);
      if (result instanceof Error) {
        this.#options.log.debug({ peerId: peer, err: result }, 'cannot connect to peer');
        retry();
        return;
      }
      this.#greet(result, peer, retry);
    });
    this.#cancels.set(peer, cancel);
  }

  /** Waits for the hello of the server at the other end. `expected` is its id if this server dialled. */
  #greet(stream: ByteStream, expected: ServerId | undefined, onRefused: () => void): void {
    const { clock, ensemble, id, peers } = this.#options;
    this.#strangers.add(stream);
    const decoder = new FrameDecoder(LINK_FRAME_BYTES_MAX);
    const writer = new ByteWriter(64);
    let link: Link | undefined;
    const cancelTimeout = clock.after(HELLO_TIMEOUT_MS, () => stream.destroy());
    const sayHello = (to: ServerId): void => {
      writeLinkMessage(writer, { type: 'hello', ensemble, from: id, to });
      stream.write(writer.take());
    };
    if (expected !== undefined) sayHello(expected);
    stream.onClose = () => {
      cancelTimeout();
      this.#strangers.delete(stream);
      if (link === undefined) onRefused();
      else this.#closeLink(link);
    };
    const onFrame = (frame: Uint8Array): boolean => {
      const message = parse(frame);
      if (link !== undefined) {
        this.#listener.onPeerMessage(link.peer, message);
        return this.#links.get(link.peer) === link;
      }
      if (message.type !== 'hello') throw new LinkRefusedError(`${message.type} before hello`);
      if (message.ensemble !== ensemble) {
        throw new LinkRefusedError(
          `the peer belongs to ensemble "${message.ensemble}", this server to "${ensemble}"`,
        );
      }
      if (message.to !== id)
        throw new LinkRefusedError(`the peer expects server ${message.to}, but this is server ${id}`);
      if (!peers.has(message.from)) throw new LinkRefusedError(`server ${message.from} is not a member`);
      if (expected !== undefined && message.from !== expected) {
        throw new LinkRefusedError(`server ${message.from} answered at the address of server ${expected}`);
      }
      if (expected === undefined) {
        if (message.from < id) throw new LinkRefusedError(`server ${message.from} should wait to be dialled`);
        sayHello(message.from);
      }
      cancelTimeout();
      this.#strangers.delete(stream);
      link = this.#openLink(message.from, stream);
      return true;
    };
    stream.onData = (chunk) => {
      if (link !== undefined) link.silentRounds = 0;
      try {
        decoder.push(chunk, onFrame);
      } catch (error) {
        if (!(error instanceof LinkRefusedError || error instanceof ProtocolError)) throw error;
        this.#refusalLog.warn(
          { peerId: link?.peer ?? expected, address: stream.remoteAddress, err: error },
          'peer connection refused',
        );
        stream.destroy();
      }
    };
  }

  #accept(stream: ByteStream): void {
    if (this.#closed || this.#strangers.size >= STRANGERS_MAX) {
      stream.destroy();
      return;
    }
    this.#greet(stream, undefined, () => {});
  }

  #openLink(peer: ServerId, stream: ByteStream): Link {
    const old = this.#links.get(peer);
    if (old !== undefined) {
      // The peer dialled again, so it knows that the old stream is dead. This side may not have noticed yet.
      this.#closeLink(old);
      old.stream.destroy();
    }
    const link: Link = { peer, stream, writer: new ByteWriter(64 * 1024), silentRounds: 0, hasSpoken: false };
    this.#links.set(peer, link);
    this.#listener.onPeerConnected(peer);
    return link;
  }

  #closeLink(link: Link): void {
    if (this.#links.get(link.peer) !== link) return;
    this.#links.delete(link.peer);
    this.#unflushed.delete(link);
    if (this.#closed) return;
    this.#listener.onPeerDisconnected(link.peer);
    if (link.peer < this.#options.id) this.#dial(link.peer, 0);
  }
}

/** A stream to the peers' port that does not come from a member of this ensemble, or breaks its protocol. */
class LinkRefusedError extends Error {
  override readonly name = 'LinkRefusedError';
}

function parse(frame: Uint8Array): LinkMessage {
  try {
    return readLinkMessage(frame);
  } catch (cause) {
    throw new LinkRefusedError('malformed message', { cause });
  }
}

interface Link {
  readonly peer: ServerId;
  readonly stream: ByteStream;
  readonly writer: ByteWriter;
  /** Rounds since anything was received. */
  silentRounds: number;
  /** Whether something was written in this round. */
  hasSpoken: boolean;
}
