import {
  ByteWriter,
  type ConnectRequest,
  ErrorNumber,
  ProtocolVersion,
  type Response,
  SpecialXid,
  type StatFields,
  writeConnectResponse,
  writeReplyHeader,
  writeResponse,
  type Zxid,
} from '@conclave/protocol';
import type { EventFrame } from './event-frame.ts';

/** With more events than this waiting for a turn with time for them, they leave with this one. */
const WAITING_BYTES_MAX = 16 * 1024;

/** Frames on their way to one client, gathered until the end of the turn. */
export class ClientOutbox {
  frameBytesMax: number;
  readonly #onFrame: (isUrgent: boolean) => void;
  readonly #out = new ByteWriter(512);
  /** Whether headers are the native session's. */
  native = false;
  frames = 0;
  #cutBytes = 0;

  /** `onFrame` is called before a frame is written; one that is not urgent may stay a few turns. */
  constructor(frameBytesMax: number, onFrame: (isUrgent: boolean) => void) {
    this.frameBytesMax = frameBytesMax;
    this.#onFrame = onFrame;
  }

  /** Bytes that were written in this turn, those that no frame could hold among them. */
  get writtenBytes(): number {
    return this.#out.length + this.#cutBytes;
  }

  /** Whether an answer of this turn was one that no frame can hold. */
  get hasCut(): boolean {
    return this.#cutBytes > 0;
  }

  get isEmpty(): boolean {
    return this.#out.length === 0;
  }

  take(): Uint8Array {
    this.#cutBytes = 0;
    return this.#out.take();
  }

  /** Answers a handshake; id and timeout 0 say that the session is gone. */
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
    this.#out.raw(frame.bytes(this.native));
    this.frames++;
  }

  pong(zxid: Zxid): void {
    const start = this.#begin();
    writeReplyHeader(this.#out, SpecialXid.ping, zxid, ErrorNumber.OK, this.native);
    this.#end(start);
  }

  /**
   * An answer; one that no frame can hold becomes an error, and the connection goes on. How many bytes it takes, its
   * length not counted.
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
    if (response !== undefined) {
      writeResponse(this.#out, response, !this.native);
      if (this.#out.length - start > this.frameBytesMax) {
        this.#cutBytes += this.#out.length - start;
        this.#out.truncate(start);
        this.#begin();
        writeReplyHeader(this.#out, xid, zxid, tooLarge, this.native);
      }
    }
    return this.#end(start);
  }

  #begin(): number {
    this.#onFrame(true);
    return this.#out.reserveInt();
  }

  #end(start: number): number {
    this.frames++;
    const bytes = this.#out.length - start - 4;
    this.#out.setInt(start, bytes);
    return bytes;
  }
}
