import type { Socket } from 'node:net';
import { type ByteStream, ignore } from './byte-stream.ts';

const LINGER_MS = 2_000;

/** A TCP socket as a `ByteStream`. */
export class TcpStream implements ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number | undefined;
  onData: (chunk: Uint8Array) => void = ignore;
  onClose: () => void = ignore;
  onDrain: () => void = ignore;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress ?? 'unknown';
    this.remotePort = socket.remotePort;
    socket.on('data', (chunk: Buffer) => this.onData(chunk));
    socket.on('drain', () => this.onDrain());
    socket.on('error', ignore);
    socket.once('end', () => socket.end());
    socket.once('close', () => this.onClose());
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
    // A peer that does not close its side in time is cut off.
    this.#socket.resume();
    const insist = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    insist.unref();
    this.#socket.once('close', () => clearTimeout(insist));
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
