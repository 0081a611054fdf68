/**
 * A reliable, ordered stream of bytes: a TCP socket, the messages of a WebSocket laid end to end, or a
 * simulated link. The owner sets the callbacks before it returns to the event loop.
 */
export interface ByteStream {
  readonly remoteAddress: string;
  /** Where there are ports. */
  readonly remotePort?: number | undefined;
  /** Bytes accepted by `write` and not yet taken by the network. */
  readonly bufferedBytes: number;
  onData: (chunk: Uint8Array) => void;
  /** Called once, whoever closed it; nothing follows. */
  onClose: () => void;
  /** Called when `bufferedBytes` has fallen after `write` returned false. */
  onDrain: () => void;
  /**
   * Called, by streams that can only hand out whole messages, when one is long and not whole: it may come to `bytes`.
   * Called again when it goes beyond that.
   */
  onGather?: (bytes: number) => void;
  /** The stream takes over `bytes`. False: more is buffered than is good; wait for `onDrain`. */
  write(bytes: Uint8Array): boolean;
  /**
   * Stops and resumes reading, so that a sender is slowed down rather than buffered. A close that stands behind bytes
   * which are not read is noticed when they are, or when a write fails. Until then it keeps the connection's place and
   * harms nothing else: a session ends by its timeout and not with its connection, and a client that comes back takes
   * it from the old one.
   */
  pause(): void;
  resume(): void;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export function ignore(): void {}
