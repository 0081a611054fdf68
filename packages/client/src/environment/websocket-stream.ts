import { WEBSOCKET_SUBPROTOCOL } from '@conclave/protocol';
import { type RawData, WebSocket } from 'ws';
import { formatAddress, type ServerAddress } from './addresses.ts';
import type { ByteStream, StreamHandlers } from './environment.ts';

/** With more bytes than this on their way out, the stream reports when there is room again. */
const BUFFERED_BYTES_HIGH = 1024 * 1024;

/** How long a server may take to answer the closing handshake before the socket is dropped. */
const CLOSE_TIMEOUT_MS = 1_000;

/** A WebSocket connection on Node.js, to the native door of a server. */
export class WebSocketStream implements ByteStream {
  readonly #socket: WebSocket;
  readonly #handlers: StreamHandlers;
  #isFull = false;
  #isForgotten = false;

  constructor(address: ServerAddress, handlers: StreamHandlers) {
    const socket = new WebSocket(formatAddress(address), WEBSOCKET_SUBPROTOCOL, { perMessageDeflate: false });
    let cause: Error | undefined;
    socket.on('open', () => {
      if (!this.#isForgotten) handlers.handleOpen();
    });
    socket.on('message', (message: RawData) => {
      if (!this.#isForgotten && message instanceof Uint8Array) handlers.handleData(message);
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', (code) => {
      if (!this.#isForgotten) handlers.handleClose(cause ?? closeError(code));
    });
    this.#socket = socket;
    this.#handlers = handlers;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(bytes, this.#handleSent);
    if (this.#socket.bufferedAmount > BUFFERED_BYTES_HIGH) this.#isFull = true;
  }

  close(): void {
    this.#isForgotten = true;
    this.#socket.close();
    setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  destroy(): void {
    this.#isForgotten = true;
    this.#socket.terminate();
  }

  readonly #handleSent = (): void => {
    if (!this.#isFull || this.#isForgotten || this.#socket.bufferedAmount > BUFFERED_BYTES_HIGH) return;
    this.#isFull = false;
    this.#handlers.handleDrain();
  };
}

function closeError(code: number): Error | undefined {
  return code === 1000 || code === 1005 || code === 1006
    ? undefined
    : new Error(`the server closed the WebSocket with code ${code}`);
}
