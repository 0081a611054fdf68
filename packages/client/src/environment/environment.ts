import type { ServerAddress } from './addresses.ts';
import type { HeartbeatLink, HeartbeatOptions } from './heartbeat.ts';

/** A timer as `setTimer` returned it. */
export type TimerHandle = object | number;

/**
 * Everything that the client uses outside itself. There is one for Node.js and one for browsers. A simulator passes its
 * own, and the client then does nothing that the simulator does not decide.
 */
export interface ClientEnvironment {
  /** Returns the milliseconds of a monotonic clock. */
  now(): number;
  /** Returns a random number, evenly distributed over [0, 1). */
  random(): number;
  /** Calls back once after `delayMs` milliseconds. */
  setTimer(callback: () => void, delayMs: number): TimerHandle;
  /** Cancels a timer. Does nothing if the timer has run already. */
  clearTimer(timer: TimerHandle): void;
  /**
   * Calls back after the code that runs now and the callbacks that are ready. The client uses it to send all requests
   * of one turn of the event loop together.
   */
  defer(callback: () => void): void;
  /** The transports that `openStream` supports. */
  readonly transports: readonly ServerAddress['transport'][];
  /** Opens a stream to a server. `address.transport` is one of `transports`. */
  openStream(address: ServerAddress, handlers: StreamHandlers): ByteStream;
  /**
   * Starts heartbeats beside the event loop. Absent where nothing can run beside it; the event loop then sends the
   * heartbeats itself.
   */
  readonly startHeartbeat?: ((options: HeartbeatOptions) => HeartbeatLink) | undefined;
}

/**
 * What a stream calls. It calls no handler from within `openStream`, `write` or `close`, and none after `handleClose`.
 */
export interface StreamHandlers {
  /** The stream is open. */
  handleOpen(): void;
  /** Bytes have arrived. */
  handleData(chunk: Uint8Array): void;
  /** `bufferedBytes` was large and has become small again. */
  handleDrain(): void;
  /** The stream is over. `cause` is the error that ended it, if there was one. */
  handleClose(cause: Error | undefined): void;
}

/** An ordered stream of bytes to one server. The borders between chunks carry no meaning. */
export interface ByteStream {
  /** Sends bytes. The stream keeps `bytes`, so the caller must not change them afterwards. */
  write(bytes: Uint8Array<ArrayBuffer>): void;
  /** How many bytes were written and have not left this process yet. */
  readonly bufferedBytes: number;
  /** Sends what was written, then closes. */
  close(): void;
  /** Closes at once and drops what was written. The stream calls no handler afterwards. */
  destroy(): void;
}
