import {
  ByteWriter,
  type ConnectRequest,
  ErrorNumber,
  ProtocolError,
  ProtocolVersion,
  type Response,
  SpecialXid,
  type StatFields,
  writeConnectResponse,
  writeReplyHeader,
  writeResponse,
  type Zxid,
} from '@conclave/protocol';
import type { EventFrame } from '../watches/event-frame.ts';

/** If more bytes of events than this wait for a turn with time for them, they leave with this turn. */
const WAITING_BYTES_MAX = 16 * 1024;

/** The frames for one client, gathered until the end of the turn. */
export class ClientOutbox {
  frameBytesMax: number;
  readonly #onFrame: (isUrgent: boolean) => void;
  readonly #out = new ByteWriter(512);
  /** Whether frames have the headers of the native protocol. */
  native = false;
  frames = 0;
  /** Bytes of complete frames. Behind them may stand a frame that could not be written to its end. */
  #wholeBytes = 0;
  #cutBytes = 0;

  /** `onFrame` is called before a frame is written. A frame that is not urgent may wait for a few turns. */
  constructor(frameBytesMax: number, onFrame: (isUrgent: boolean) => void) {
    this.frameBytesMax = frameBytesMax;
    this.#onFrame = onFrame;
  }

  /** Bytes that were written in this turn, including those of answers that did not fit into a frame. */
  get writtenBytes(): number {
    return this.#out.length + this.#cutBytes;
  }

  /** Whether an answer of this turn did not fit into a frame. */
  get hasCut(): boolean {
    return this.#cutBytes > 0;
  }

  get isEmpty(): boolean {
    return this.#wholeBytes === 0;
  }

  /** Takes out the complete frames, even if a later one has failed. */
  take(): Uint8Array {
    this.#out.truncate(this.#wholeBytes);
    this.#wholeBytes = 0;
    this.#cutBytes = 0;
    return this.#out.take();
  }

  /** Answers a handshake. An id and a timeout of 0 mean that the session is gone. */
  connectResponse(request: ConnectRequest, id: number, timeoutMs: number, password: Uint8Array): void {
    const { protocolVersion, readOnly } = request;
    const known = protocolVersion === ProtocolVersion.native || protocolVersion === ProtocolVersion.heartbeat;
    const start = this.#begin();
    writeConnectResponse(this.#out, {
      protocolVersion: known ? protocolVersion : ProtocolVersion.zookeeper,
      timeoutMs,
      sessionId: BigInt(id),
      password,
      readOnly: readOnly === undefined ? undefined : false,
    });
    this.#end(start);
  }

  event(frame: EventFrame): void {
    this.#onFrame(frame.isUrgent || this.#out.length > WAITING_BYTES_MAX);
    this.#out.truncate(this.#wholeBytes);
    this.#out.raw(frame.bytes(this.native));
    this.frames++;
    this.#wholeBytes = this.#out.length;
  }

  pong(zxid: Zxid): void {
    const start = this.#begin();
    writeReplyHeader(this.#out, SpecialXid.ping, zxid, ErrorNumber.OK, this.native);
    this.#end(start);
  }

  /**
   * Writes an answer. If it does not fit into a frame, the client gets an error and the connection goes on. Returns the
   * bytes of the frame without its length field.
   */
  reply(xid: number, zxid: Zxid, error: number, response: Response<StatFields> | undefined): number {
    const start = this.#begin();
    const tooLarge = this.native ? ErrorNumber.ANSWER_TOO_LARGE : ErrorNumber.MARSHALLING_ERROR;
    writeReplyHeader(
      this.#out,
      xid,
      zxid,
      error === ErrorNumber.ANSWER_TOO_LARGE ? tooLarge : error,
      this.native,
    );
    if (response !== undefined && !this.#writeWithin(start + this.frameBytesMax, response)) {
      this.#cutBytes += this.#out.length - start;
      this.#begin();
      writeReplyHeader(this.#out, xid, zxid, tooLarge, this.native);
    }
    return this.#end(start);
  }

  /**
   * Returns false if the response does not fit. Encoding stops as soon as that is known, so no answer is built that cannot
   * be sent.
   */
  #writeWithin(lengthMax: number, response: Response<StatFields>): boolean {
    this.#out.lengthMax = lengthMax;
    try {
      writeResponse(this.#out, response, !this.native);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'FRAME_TOO_LARGE') return false;
      throw error;
    } finally {
      this.#out.lengthMax = Number.POSITIVE_INFINITY;
    }
    return this.#out.length <= lengthMax;
  }

  #begin(): number {
    this.#onFrame(true);
    this.#out.truncate(this.#wholeBytes);
    return this.#out.reserveInt();
  }

  #end(start: number): number {
    this.frames++;
    const bytes = this.#out.length - start - 4;
    this.#out.setInt(start, bytes);
    this.#wholeBytes = this.#out.length;
    return bytes;
  }
}
