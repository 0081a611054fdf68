/**
 * A reliable, ordered stream of bytes: a TCP socket, the messages of a WebSocket joined together, or a simulated link.
 * The owner sets the callbacks before it returns to the event loop.
 */
export interface ByteStream {
  readonly remoteAddress: string;
  /** The other end's port. Only transports that have ports set it. */
  readonly remotePort?: number | undefined;
  /** Bytes accepted by `write` and not yet taken by the network. */
  readonly bufferedBytes: number;
  /** Called with each chunk that arrives. */
  onData: (chunk: Uint8Array) => void;
  /** Called once, whichever side closed the stream. No other callback follows. */
  onClose: () => void;
  /** Called when `bufferedBytes` has fallen after `write` returned false. */
  onDrain: () => void;
  /**
   * Called by streams that can only hand out whole messages, when a long message is still arriving. It may grow to
   * `bytes`. The callback is called again when the message exceeds that.
   */
  onGather?: (bytes: number) => void;
  /** Queues `bytes`, which the stream owns from then on. Returns false if too much is buffered: wait for `onDrain`. */
  write(bytes: Uint8Array): boolean;
  /**
   * Stops reading until `resume`, so that the sender slows down and this side buffers nothing more.
   *
   * If the other side closes the stream while unread bytes are left, the close is noticed only when those bytes are
   * read or when a write fails. Until then the dead connection counts against the limits. It does no other harm: a
   * session ends by its timeout, not with its connection, and a client that comes back takes its session over.
   */
  pause(): void;
  /** Reads again after `pause`. */
  resume(): void;
  /** Sends everything that was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export function ignore(): void {}
