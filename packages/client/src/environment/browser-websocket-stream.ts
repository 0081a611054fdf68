import { WEBSOCKET_SUBPROTOCOL } from '@conclave/protocol';
import { formatAddress, type ServerAddress } from './addresses.ts';
import type { ByteStream, StreamHandlers } from './environment.ts';

const BUFFERED_BYTES_HIGH = 1024 * 1024;
/** Browsers do not say when a socket has room again. */
const DRAIN_POLL_MS = 10;

/** The native door, from a browser. */
export class BrowserWebSocketStream implements ByteStream {
  readonly #socket: WebSocket;
  readonly #handlers: StreamHandlers;
  #drainTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: ServerAddress, handlers: StreamHandlers) {
    const socket = new WebSocket(formatAddress(address), WEBSOCKET_SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => handlers.handleOpen();
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) handlers.handleData(new Uint8Array(data));
    };
    // The close event follows every error, and says as much: browsers tell pages nothing of the cause.
    socket.onclose = ({ code }) =>
      handlers.handleClose(new Error(`the WebSocket was closed with code ${code}`));
    this.#socket = socket;
    this.#handlers = handlers;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(bytes);
    if (this.#socket.bufferedAmount > BUFFERED_BYTES_HIGH)
      this.#drainTimer ??= setTimeout(this.#poll, DRAIN_POLL_MS);
  }

  close(): void {
    clearTimeout(this.#drainTimer);
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
  }

  /** A page cannot drop a socket; nothing is heard of it any more. */
  destroy(): void {
    this.close();
  }

  readonly #poll = (): void => {
    this.#drainTimer = undefined;
    if (this.#socket.bufferedAmount > BUFFERED_BYTES_HIGH) {
      this.#drainTimer = setTimeout(this.#poll, DRAIN_POLL_MS);
    } else {
      this.#handlers.handleDrain();
    }
  };
}
