import type { ServerAddress } from './addresses.ts';
import type { HeartbeatLink, HeartbeatOptions } from './heartbeat.ts';

/** A timer as `setTimer` returned it. */
export type TimerHandle = object | number;

/**
 * Everything the client touches outside itself. The platform has one for Node and one for browsers; a simulator
 * hands in its own, and the client then does nothing that is not decided there.
 */
export interface ClientEnvironment {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Evenly spread over [0, 1). */
  random(): number;
  setTimer(callback: () => void, delayMs: number): TimerHandle;
  clearTimer(timer: TimerHandle): void;
  /** Runs `callback` when the code that runs now, and what it has made ready, is done: the turn's one flush. */
  defer(callback: () => void): void;
  /** What `openStream` can reach. */
  readonly transports: readonly ServerAddress['transport'][];
  /** `address.transport` is one of `transports`. */
  openStream(address: ServerAddress, handlers: StreamHandlers): ByteStream;
  /** Absent where nothing can run beside the event loop: heartbeats then come from the loop itself. */
  readonly startHeartbeat?: ((options: HeartbeatOptions) => HeartbeatLink) | undefined;
}

/**
 * What a stream tells. Handlers are never called from within `openStream`, `write` or `close`; nothing follows
 * `handleClose`.
 */
export interface StreamHandlers {
  handleOpen(): void;
  handleData(chunk: Uint8Array): void;
  /** `bufferedBytes` has become small again after it was large. */
  handleDrain(): void;
  handleClose(cause: Error | undefined): void;
}

/** An ordered stream of bytes to one server; how they are cut into messages means nothing. */
export interface ByteStream {
  /** The stream keeps `bytes`: the caller must not touch them again. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** What was written and has not left this process yet. */
  readonly bufferedBytes: number;
  /** Sends what was written, then closes. */
  close(): void;
  /** Drops everything at once; no handler is called any more. */
  destroy(): void;
}
