import {
  ByteReader,
  ByteWriter,
  type ConnectResponse,
  FrameDecoder,
  OpCode,
  ProtocolVersion,
  type ReplyHeader,
  type Request,
  type Response,
  readConnectResponse,
  readReplyHeader,
  readResponse,
  readWatcherEvent,
  SpecialXid,
  type WatcherEvent,
  writeConnectRequest,
  writeRequest,
  writeRequestHeader,
  ZXID_ZERO,
} from '@conclave/protocol';
import { type ByteStream, ignore } from '../../src/environment/byte-stream.ts';

export interface Reply extends ReplyHeader {
  readonly response: Response | undefined;
}

export interface Handshake {
  readonly protocolVersion?: number;
  readonly lastZxidSeen?: number;
  readonly timeoutMs?: number;
  readonly sessionId?: bigint;
  readonly password?: Uint8Array;
  readonly readOnly?: boolean | undefined;
}

/** A client on a connection in memory. It is a ZooKeeper client unless its handshake says otherwise. */
export class MemoryClient implements ByteStream {
  readonly remoteAddress: string;
  bufferedBytes = 0;
  onData: (chunk: Uint8Array) => void = ignore;
  onClose: () => void = ignore;
  onDrain: () => void = ignore;
  onGather?: (bytes: number) => void;
  isOpen = true;
  isPaused = false;
  /** Whether the client reads nothing that the server sends. */
  isFull = false;
  readonly events: (WatcherEvent & { readonly zxid: number })[] = [];
  #native = false;
  #nextXid = 1;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Uint8Array[] = [];
  #wake: () => void = ignore;

  constructor(remoteAddress = 'client') {
    this.remoteAddress = remoteAddress;
  }

  write(bytes: Uint8Array): boolean {
    this.#decoder.push(bytes.slice(), (frame) => this.#frames.push(frame.slice()) > 0);
    this.#wake();
    return !this.isFull;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onClose();
    this.#wake();
  }

  /** Frames that have arrived and that the test has not taken yet. */
  get framesWaiting(): number {
    return this.#frames.length;
  }

  /** Whether a frame has arrived only in part. */
  get inFrame(): boolean {
    return this.#decoder.inFrame;
  }

  /** Sends the handshake. Rejects if the server closes instead of answering. */
  async connect(handshake: Handshake = {}): Promise<ConnectResponse> {
    const {
      protocolVersion = ProtocolVersion.zookeeper,
      lastZxidSeen = ZXID_ZERO,
      timeoutMs = 10_000,
      sessionId = 0n,
      password = new Uint8Array(16),
    } = handshake;
    const readOnly = 'readOnly' in handshake ? handshake.readOnly : false;
    this.#native = protocolVersion === ProtocolVersion.native;
    const request = { protocolVersion, lastZxidSeen, timeoutMs, sessionId, password, readOnly };
    this.send((writer) => writeConnectRequest(writer, request));
    return readConnectResponse(await this.frame());
  }

  /** Sends a request and waits for its answer. Events that arrive before it are kept in `events`. */
  async request(
    request: Request,
    { flags = 0, xid = xidOf(request) ?? this.#nextXid++ } = {},
  ): Promise<Reply> {
    this.sendRequest(request, { flags, xid });
    const reply = await this.reply(request.op);
    if (reply.xid !== xid)
      throw new Error(`expected the answer to request ${xid}, got the one to ${reply.xid}`);
    return reply;
  }

  /** Sends a request and does not wait. */
  sendRequest(request: Request, { flags = 0, xid = xidOf(request) ?? this.#nextXid++ } = {}): void {
    this.send((writer) => {
      writeRequestHeader(writer, { xid, opcode: request.op, flags, confirmed: 0 }, this.#native);
      writeRequest(writer, request);
    });
  }

  /** Sends a request whose record may be anything. */
  sendRaw(opcode: number, record: Uint8Array, xid: number = this.#nextXid++): void {
    this.send((writer) => {
      writeRequestHeader(writer, { xid, opcode, flags: 0, confirmed: 0 }, this.#native);
      writer.raw(record);
    });
  }

  /** Sends one frame. */
  send(write: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter();
    const at = writer.reserveInt();
    write(writer);
    writer.setInt(at, writer.length - at - 4);
    this.onData(writer.take());
  }

  /** The next answer. If it has a record, that is read as the one of `opcode`. */
  async reply(opcode: number): Promise<Reply> {
    const { header, reader } = await this.#answer();
    return { ...header, response: header.error === 0 ? readResponse(opcode, reader) : undefined };
  }

  /** The next answer without its record. */
  async replyHeader(): Promise<ReplyHeader> {
    return (await this.#answer()).header;
  }

  async #answer(): Promise<{ readonly header: ReplyHeader; readonly reader: ByteReader }> {
    for (;;) {
      const reader = new ByteReader(await this.frame());
      const header = readReplyHeader(reader, this.#native);
      if (header.xid !== SpecialXid.notification) return { header, reader };
      this.events.push({ ...readWatcherEvent(reader), zxid: header.zxid });
    }
  }

  /** The next frame; rejects when the stream has ended. */
  async frame(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (!this.isOpen) throw new Error('the stream has ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when the server has closed the stream. */
  async closed(): Promise<void> {
    while (this.isOpen) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function xidOf({ op }: Request): number | undefined {
  switch (op) {
    case OpCode.ping:
      return SpecialXid.ping;
    case OpCode.auth:
      return SpecialXid.auth;
    case OpCode.setWatches:
    case OpCode.setWatches2:
    case OpCode.setNativeWatches:
      return SpecialXid.setWatches;
    default:
      return undefined;
  }
}
