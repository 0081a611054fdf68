import {
  ByteReader,
  ByteWriter,
  type ConnectRequest,
  type ConnectResponse,
  FrameDecoder,
  InvariantError,
  ProtocolError,
  ProtocolVersion,
  type Request,
  readConnectResponse,
  writeConnectRequest,
  writeRequest,
  writeRequestHeader,
} from '@conclave/protocol';
import type { ServerAddress } from '../environment/addresses.ts';
import type { ByteStream, ClientEnvironment, StreamHandlers } from '../environment/environment.ts';
import type { Chroot } from './chroot.ts';

export interface ConnectionOwner {
  /** The handshake was answered. */
  handleEstablished(connection: Connection, response: ConnectResponse): void;
  /** A later frame has arrived. Throws `ProtocolError` if it is malformed. */
  handleFrame(connection: Connection, reader: ByteReader): void;
  /** There is room for more requests again. */
  handleDrain(connection: Connection): void;
  /** The connection is over, and calls nothing any more. */
  handleClosed(connection: Connection, cause: Error | undefined): void;
}

export interface ConnectionOptions {
  readonly address: ServerAddress;
  readonly hello: ConnectRequest;
  readonly chroot: Chroot;
  readonly frameBytesMax: number;
}

/** The requests of one turn of the event loop are sent together, or as soon as they have this many bytes. */
const FLUSH_BYTES = 64 * 1024;
/** With more bytes than this on their way out, new requests wait. */
const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * One connection to one server: it cuts and joins frames, does the handshake, and sends all requests of one turn of the
 * event loop in one write. It knows of sessions only the records of the handshake.
 */
export class Connection implements StreamHandlers {
  readonly address: ServerAddress;
  /** Whether the server speaks the native protocol. Known after the handshake. */
  native = false;
  /** When the handshake was sent, like all times here on the environment's monotonic clock. */
  helloSentAt = 0;
  lastReceivedAt: number;
  lastSentAt: number;
  /** When the present batch was begun. No request in it was sent before this. */
  batchStartedAt = 0;
  readonly #environment: ClientEnvironment;
  readonly #owner: ConnectionOwner;
  readonly #options: ConnectionOptions;
  readonly #stream: ByteStream;
  readonly #decoder: FrameDecoder;
  readonly #writer = new ByteWriter(4096);
  #stage: 'opening' | 'greeting' | 'established' | 'over' = 'opening';
  #flushPending = false;
  #batch = 0;

  constructor(environment: ClientEnvironment, options: ConnectionOptions, owner: ConnectionOwner) {
    this.#environment = environment;
    this.#owner = owner;
    this.#options = options;
    this.#decoder = new FrameDecoder(options.frameBytesMax);
    this.address = options.address;
    this.lastReceivedAt = environment.now();
    this.lastSentAt = this.lastReceivedAt;
    this.#stream = environment.openStream(options.address, this);
  }

  /** Whether too many bytes are on their way out. */
  get congested(): boolean {
    const { bufferedBytes } = this.#stream;
    // The comparison also catches NaN, with which nothing would ever be congested.
    if (!(bufferedBytes >= 0)) throw new InvariantError(`the stream reports ${bufferedBytes} buffered bytes`);
    return bufferedBytes + this.#writer.length > BUFFERED_BYTES_MAX;
  }

  /** The number of the batch that the next request joins. */
  get batch(): number {
    return this.#writer.length === 0 ? this.#batch + 1 : this.#batch;
  }

  /** Adds a request to the present batch. Returns false, and adds nothing, if the request does not fit into a frame. */
  writeRequest(xid: number, flags: number, confirmed: number, request: Request): boolean {
    const writer = this.#writer;
    if (writer.length === 0) {
      this.#batch++;
      this.batchStartedAt = this.#environment.now();
    }
    const at = writer.reserveInt();
    writeRequestHeader(writer, { xid, opcode: request.op, flags, confirmed }, this.native);
    writeRequest(writer, this.#options.chroot.addToRequest(request));
    const length = writer.length - at - 4;
    if (length > this.#options.frameBytesMax) {
      writer.truncate(at);
      return false;
    }
    writer.setInt(at, length);
    if (writer.length >= FLUSH_BYTES) this.#flush();
    else if (!this.#flushPending) {
      this.#flushPending = true;
      this.#environment.defer(() => {
        this.#flushPending = false;
        this.#flush();
      });
    }
    return true;
  }

  /** Sends the present batch, then closes. The owner is not called any more. */
  close(): void {
    if (this.#stage === 'over') return;
    this.#flush();
    this.#stage = 'over';
    this.#stream.close();
  }

  /** Closes at once. The owner is not called any more. */
  destroy(): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#stream.destroy();
  }

  handleOpen(): void {
    if (this.#stage !== 'opening') return;
    this.#stage = 'greeting';
    this.helloSentAt = this.#environment.now();
    const at = this.#writer.reserveInt();
    writeConnectRequest(this.#writer, this.#options.hello);
    this.#writer.setInt(at, this.#writer.length - at - 4);
    this.#flush();
  }

  handleData(chunk: Uint8Array): void {
    if (this.#stage === 'over') return;
    this.lastReceivedAt = this.#environment.now();
    try {
      this.#decoder.push(chunk, this.#handleFrame);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof InvariantError)) throw error;
      this.destroy();
      this.#owner.handleClosed(this, error);
    }
  }

  handleDrain(): void {
    if (this.#stage === 'established') this.#owner.handleDrain(this);
  }

  handleClose(cause: Error | undefined): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#owner.handleClosed(this, cause);
  }

  /** Returns false if the connection is over, so that the rest of the chunk is dropped. */
  readonly #handleFrame = (frame: Uint8Array): boolean => {
    if (this.#stage === 'established') {
      this.#owner.handleFrame(this, new ByteReader(frame));
    } else {
      const response = readConnectResponse(frame);
      this.native = response.protocolVersion === ProtocolVersion.native;
      this.#stage = 'established';
      this.#owner.handleEstablished(this, response);
    }
    // The owner may have closed the connection while it handled the frame.
    return (this.#stage as string) !== 'over';
  };

  #flush(): void {
    if (this.#stage === 'over' || this.#writer.length === 0) return;
    this.lastSentAt = this.#environment.now();
    this.#stream.write(this.#writer.take());
  }
}
