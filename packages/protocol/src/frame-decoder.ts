import { ProtocolError } from './protocol-error.ts';

/** The largest frame by default: ZooKeeper's jute.maxbuffer of 1 MiB, and room for headers and paths. */
export const FRAME_BYTES_MAX = 1024 * 1024 + 16 * 1024;

const GATHERED_BYTES_START = 16 * 1024;
// The less, the tighter the memory follows what came, and the more often a large frame is copied.
const GROWTH = 4;
const NO_FRAME = -1;
const NOTHING = new Uint8Array(0);

/**
 * Cuts a byte stream into frames: a 32-bit big-endian length, then that many bytes. A frame that lies whole
 * within one chunk is handed out as a view on it; one that spans chunks is gathered in memory of its own, which
 * grows with the bytes that came: a length that is announced and not followed up costs 16 KiB at most. Frames are
 * plain `Uint8Array`s, also when the chunks are Node's Buffers.
 */
export class FrameDecoder {
  /** The limit for frames that begin from now on. It can change, because a handshake is allowed less than later frames. */
  frameBytesMax: number;
  #header = 0;
  #headerLength = 0;
  /** The length announced for the frame being gathered. */
  #frameLength = NO_FRAME;
  #gathered = NOTHING;
  #gatheredLength = 0;

  constructor(frameBytesMax: number = FRAME_BYTES_MAX) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Whether bytes of an unfinished frame are held. */
  get inFrame(): boolean {
    return this.#frameLength !== NO_FRAME || this.#headerLength > 0;
  }

  /** The length of the frame of which only a part has come; 0 between frames. */
  get bytesAnnounced(): number {
    return this.#frameLength === NO_FRAME ? 0 : this.#frameLength;
  }

  /** Memory taken for the unfinished frame: at most four times the bytes that have come, or 16 KiB. */
  get bytesHeld(): number {
    return this.#gathered.length;
  }

  /**
   * Calls `onFrame` for every frame that `chunk` completes; stops early, dropping the rest, when it returns
   * false. Throws `ProtocolError` `BAD_LENGTH` or `FRAME_TOO_LARGE`; the decoder is then of no more use.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => boolean): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frameLength === NO_FRAME) {
        while (this.#headerLength < 4) {
          if (at === chunk.length) return;
          this.#header = (this.#header << 8) | (chunk[at++] as number);
          this.#headerLength++;
        }
        const length = this.#takeLength();
        if (chunk.length - at >= length) {
          const frame = new Uint8Array(chunk.buffer, chunk.byteOffset + at, length);
          at += length;
          if (!onFrame(frame)) return;
        } else {
          this.#frameLength = length;
        }
      } else {
        const taken = Math.min(this.#frameLength - this.#gatheredLength, chunk.length - at);
        this.#gather(chunk.subarray(at, at + taken));
        at += taken;
        if (this.#gatheredLength < this.#frameLength) return;
        if (!onFrame(this.#takeGathered())) return;
      }
    }
  }

  #takeLength(): number {
    const length = this.#header;
    this.#header = 0;
    this.#headerLength = 0;
    if (length < 0) throw new ProtocolError('BAD_LENGTH', `a frame of length ${length}`);
    if (length > this.frameBytesMax) {
      throw new ProtocolError(
        'FRAME_TOO_LARGE',
        `a frame of ${length} bytes; at most ${this.frameBytesMax} are allowed`,
      );
    }
    return length;
  }

  #gather(bytes: Uint8Array): void {
    const needed = this.#gatheredLength + bytes.length;
    if (needed > this.#gathered.length) {
      const wanted = Math.max(GATHERED_BYTES_START, needed * GROWTH);
      const grown = new Uint8Array(Math.min(wanted, this.#frameLength));
      grown.set(this.#gathered.subarray(0, this.#gatheredLength));
      this.#gathered = grown;
    }
    this.#gathered.set(bytes, this.#gatheredLength);
    this.#gatheredLength = needed;
  }

  #takeGathered(): Uint8Array {
    const frame = this.#gathered;
    this.#frameLength = NO_FRAME;
    this.#gathered = NOTHING;
    this.#gatheredLength = 0;
    return frame;
  }
}
