import { connect, type Socket } from 'node:net';
import type { ServerAddress } from './addresses.ts';
import type { ByteStream, StreamHandlers } from './environment.ts';

/** A TCP connection on Node.js. It looks the host up anew every time. */
export class TcpStream implements ByteStream {
  readonly #socket: Socket;

  constructor(address: ServerAddress, handlers: StreamHandlers) {
    const socket = connect({ host: address.host, port: address.port, noDelay: true });
    let cause: Error | undefined;
    socket.on('connect', () => handlers.handleOpen());
    socket.on('data', (chunk) => handlers.handleData(chunk));
    socket.on('drain', () => handlers.handleDrain());
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', () => handlers.handleClose(cause));
    this.#socket = socket;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket.write(bytes);
  }

  close(): void {
    this.#forget();
    // A server that does not read must not keep the program from ending.
    this.#socket.unref();
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#forget();
    this.#socket.destroy();
  }

  #forget(): void {
    this.#socket.removeAllListeners('connect').removeAllListeners('data').removeAllListeners('drain');
    this.#socket.removeAllListeners('close').resume();
  }
}
