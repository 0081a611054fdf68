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
  /** Any later frame; throws `ProtocolError` when it is not one. */
  handleFrame(connection: Connection, reader: ByteReader): void;
  /** There is room for more again. */
  handleDrain(connection: Connection): void;
  /** The connection is over, and nothing more comes from it. */
  handleClosed(connection: Connection, cause: Error | undefined): void;
}

export interface ConnectionOptions {
  readonly address: ServerAddress;
  readonly hello: ConnectRequest;
  readonly chroot: Chroot;
  readonly frameBytesMax: number;
}

/** A turn's requests leave together, and before that when they have come to this many bytes. */
const FLUSH_BYTES = 64 * 1024;
/** With more than this on its way out, new requests wait. */
const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * One connection to one server: frames cut and put together, the handshake, one write for all requests of a
 * turn. It knows nothing of sessions beyond the handshake's records.
 */
export class Connection implements StreamHandlers {
  readonly address: ServerAddress;
  /** Whether the server speaks the native protocol; known once established. */
  native = false;
  /** When the handshake was sent; like all times here on the environment's monotonic clock. */
  helloSentAt = 0;
  lastReceivedAt: number;
  lastSentAt: number;
  /** When the batch being gathered was begun: no request in it was sent before this. */
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

  /** More is on its way out than should be. */
  get congested(): boolean {
    const { bufferedBytes } = this.#stream;
    // NaN, too, would let everything pass.
    if (!(bufferedBytes >= 0))
      throw new InvariantError(`the stream has ${bufferedBytes} bytes on their way out`);
    return bufferedBytes + this.#writer.length > BUFFERED_BYTES_MAX;
  }

  /** The number of the batch that the next request joins. */
  get batch(): number {
    return this.#writer.length === 0 ? this.#batch + 1 : this.#batch;
  }

  /** Puts a request into this turn's batch. False, and nothing is sent, when it does not fit into a frame. */
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

  /** Sends what is waiting, then closes; nothing more is heard. */
  close(): void {
    if (this.#stage === 'over') return;
    this.#flush();
    this.#stage = 'over';
    this.#stream.close();
  }

  /** Gives the connection up at once; nothing more is heard. */
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

  /** Returns false once the connection is over, so that the rest of the chunk is dropped. */
  readonly #handleFrame = (frame: Uint8Array): boolean => {
    if (this.#stage === 'established') {
      this.#owner.handleFrame(this, new ByteReader(frame));
    } else {
      const response = readConnectResponse(frame);
      this.native = response.protocolVersion === ProtocolVersion.native;
      this.#stage = 'established';
      this.#owner.handleEstablished(this, response);
    }
    // The owner may have given the connection up while it handled the frame.
    return (this.#stage as string) !== 'over';
  };

  #flush(): void {
    if (this.#stage === 'over' || this.#writer.length === 0) return;
    this.lastSentAt = this.#environment.now();
    this.#stream.write(this.#writer.take());
  }
}
