import { ProtocolError } from './protocol-error.ts';

/** What a frame may hold by default: ZooKeeper's jute.maxbuffer of 1 MiB, and room for headers and paths. */
export const FRAME_BYTES_MAX = 1024 * 1024 + 16 * 1024;

/**
 * Cuts a byte stream into frames: a 32-bit big-endian length, then that many bytes. A frame that lies whole
 * within one chunk is handed out as a view on it; one that spans chunks is gathered in memory of its own,
 * so that no more than one frame of `frameBytesMax` is ever held.
 */
export class FrameDecoder {
  readonly #frameBytesMax: number;
  readonly #header = new Uint8Array(4);
  #headerLength = 0;
  #partial: Uint8Array | undefined;
  #partialLength = 0;

  constructor(frameBytesMax: number = FRAME_BYTES_MAX) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** True when bytes of an unfinished frame are held. */
  get inFrame(): boolean {
    return this.#partial !== undefined || this.#headerLength > 0;
  }

  /**
   * Calls `onFrame` for every frame that `chunk` completes; stops early, dropping the rest, when it returns
   * false. Throws `ProtocolError` `BAD_LENGTH` or `FRAME_TOO_LARGE`.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => boolean): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial !== undefined) {
        const taken = Math.min(this.#partial.length - this.#partialLength, chunk.length - at);
        this.#partial.set(chunk.subarray(at, at + taken), this.#partialLength);
        this.#partialLength += taken;
        at += taken;
        if (this.#partialLength < this.#partial.length) return;
        const frame = this.#partial;
        this.#partial = undefined;
        if (!onFrame(frame)) return;
        continue;
      }
      while (this.#headerLength < 4 && at < chunk.length) {
        this.#header[this.#headerLength++] = chunk[at++] as number;
      }
      if (this.#headerLength < 4) return;
      const length = this.#takeLength();
      if (chunk.length - at >= length) {
        const frame = chunk.subarray(at, at + length);
        at += length;
        if (!onFrame(frame)) return;
      } else {
        this.#partial = new Uint8Array(length);
        this.#partialLength = 0;
      }
    }
  }

  #takeLength(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#header;
    const length = (a << 24) | (b << 16) | (c << 8) | d;
    this.#headerLength = 0;
    if (length < 0) throw new ProtocolError('BAD_LENGTH', `a frame of length ${length}`);
    if (length > this.#frameBytesMax) {
      throw new ProtocolError(
        'FRAME_TOO_LARGE',
        `a frame of ${length} bytes; at most ${this.#frameBytesMax} are allowed`,
      );
    }
    return length;
  }
}
