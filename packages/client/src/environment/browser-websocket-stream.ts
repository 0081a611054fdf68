import { WEBSOCKET_SUBPROTOCOL } from '@conclave/protocol';
import { formatAddress, type ServerAddress } from './addresses.ts';
import type { ByteStream, StreamHandlers } from './environment.ts';

const BUFFERED_BYTES_HIGH = 1024 * 1024;
/** How often to look for room, because a browser does not report it. */
const DRAIN_POLL_MS = 10;

/** A WebSocket connection in a browser, to the native door of a server. */
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
    // The close event follows every error and says as much, because browsers hide the cause from pages.
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

  /** A page cannot drop a socket, so this closes it and calls no handler any more. */
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
