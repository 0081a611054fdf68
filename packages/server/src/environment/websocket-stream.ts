import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { type ByteStream, ignore } from './byte-stream.ts';

/** The binary messages of a WebSocket, joined into one stream. */
export class WebSocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly remotePort: number | undefined;
  onData: (chunk: Uint8Array) => void = ignore;
  onClose: () => void = ignore;
  onDrain: () => void = ignore;
  onGather: (bytes: number) => void = ignore;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  /** Bytes received of a message that is not complete. */
  #gathered = 0;
  #announced = GATHERED_BYTES_QUIET;

  constructor(ws: WebSocket, socket: Socket) {
    this.#ws = ws;
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress ?? 'unknown';
    this.remotePort = socket.remotePort;
    ws.binaryType = 'nodebuffer';
    // This runs before `ws` looks at the chunk, so `#gathered` counts the chunks before it only.
    socket.prependListener('data', (chunk: Buffer) => {
      if (this.#gathered > this.#announced) this.#announce();
      this.#gathered += chunk.length;
    });
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      this.#gathered = 0;
      this.#announced = GATHERED_BYTES_QUIET;
      if (isBinary) this.onData(data);
      else ws.close(UNSUPPORTED_DATA, 'binary messages only');
    });
    ws.on('error', ignore);
    ws.once('close', () => this.onClose());
    socket.on('drain', () => this.onDrain());
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ws.readyState !== this.#ws.OPEN) return true;
    this.#ws.send(bytes, SEND_OPTIONS);
    return !this.#socket.writableNeedDrain;
  }

  pause(): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  end(): void {
    this.#ws.resume();
    this.#ws.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.#ws.terminate();
  }

  #announce(): void {
    this.#announced = this.#gathered * GATHERED_GROWTH;
    this.onGather(this.#announced);
  }
}

/** An unfinished message below this size is not reported. */
const GATHERED_BYTES_QUIET = 16 * 1024;
const GATHERED_GROWTH = 4;

const NORMAL_CLOSURE = 1000;
const UNSUPPORTED_DATA = 1003;
const SEND_OPTIONS = { binary: true, compress: false } as const;
