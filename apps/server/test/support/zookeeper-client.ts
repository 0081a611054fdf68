import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  ByteReader,
  ByteWriter,
  type ConnectResponse,
  FrameDecoder,
  ProtocolVersion,
  type Request,
  type Response,
  readConnectResponse,
  readReplyHeader,
  readResponse,
  readWatcherEvent,
  SESSION_PASSWORD_BYTES,
  SpecialXid,
  type WatcherEvent,
  writeConnectRequest,
  writeRequest,
  writeRequestHeader,
} from '@conclave/protocol';

const EVENT_TIMEOUT_MS = 20_000;

export interface Hello {
  readonly timeoutMs?: number;
  readonly lastZxidSeen?: number;
  /** ZooKeeper's by default. */
  readonly protocolVersion?: number;
  /** The session to take over; a new one by default. */
  readonly session?: Pick<ConnectResponse, 'sessionId' | 'password'>;
}

export interface Answer {
  readonly zxid: number;
  readonly error: number;
  /** Defined if `error` is 0. */
  readonly response: Response | undefined;
}

/**
 * ZooKeeper's protocol on a TCP socket, without the habits of a client: it neither pings nor reconnects, and it sends
 * each request at once.
 */
export class ZooKeeperClient implements Disposable {
  readonly events: WatcherEvent[] = [];
  /** Resolves when the connection has ended, whichever side ended it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #emitter = new EventEmitter<{ event: [] }>();
  readonly #waiting: {
    readonly xid: number;
    readonly op: number;
    readonly settle: (answer: Answer) => void;
  }[] = [];
  readonly #handshake = Promise.withResolvers<ConnectResponse>();
  #shaken = false;
  #lastXid = 0;

  /** Connects. `session` is the server's answer to the handshake; its `sessionId` is 0 if the server refused it. */
  static async connect(
    port: number,
    hello: Hello = {},
  ): Promise<{ readonly client: ZooKeeperClient; readonly session: ConnectResponse }> {
    const client = new ZooKeeperClient(port, hello);
    return { client, session: await client.#handshake.promise };
  }

  private constructor(port: number, hello: Hello) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.on('error', () => {});
    this.#socket.on('data', (chunk) => this.#decoder.push(chunk, (frame) => this.#take(frame)));
    void this.closed.then(() => this.#handshake.reject(new Error(`port ${port} closed without a handshake`)));
    this.#send((writer) =>
      writeConnectRequest(writer, {
        protocolVersion: hello.protocolVersion ?? ProtocolVersion.zookeeper,
        lastZxidSeen: hello.lastZxidSeen ?? 0,
        timeoutMs: hello.timeoutMs ?? 10_000,
        sessionId: hello.session?.sessionId ?? 0n,
        password: hello.session?.password ?? new Uint8Array(SESSION_PASSWORD_BYTES),
        readOnly: false,
      }),
    );
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  /** Sends a request and resolves to the answer. Rejects if the connection ends before that. */
  request(request: Request, xid: number = ++this.#lastXid): Promise<Answer> {
    this.#send((writer) => {
      writeRequestHeader(writer, { xid, opcode: request.op, flags: 0, confirmed: 0 }, false);
      writeRequest(writer, request);
    });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ xid, op: request.op, settle: resolve });
      void this.closed.then(() => reject(new Error('the connection ended before the answer')));
    });
  }

  /** Waits until `events` events have arrived since the connection was opened. */
  async received(events: number): Promise<readonly WatcherEvent[]> {
    while (this.events.length < events) {
      await once(this.#emitter, 'event', { signal: AbortSignal.timeout(EVENT_TIMEOUT_MS) });
    }
    return this.events;
  }

  /** Drops the connection without closing the session. */
  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #send(write: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter(256);
    const lengthAt = writer.reserveInt();
    write(writer);
    writer.setInt(lengthAt, writer.length - lengthAt - 4);
    this.#socket.write(writer.take());
  }

  #take(frame: Uint8Array): boolean {
    if (!this.#shaken) {
      this.#shaken = true;
      this.#handshake.resolve(readConnectResponse(frame));
      return true;
    }
    const reader = new ByteReader(frame);
    const { xid, zxid, error } = readReplyHeader(reader, false);
    if (xid === SpecialXid.notification) {
      this.events.push(readWatcherEvent(reader));
      this.#emitter.emit('event');
      return true;
    }
    // Pings may be answered out of order.
    const at = this.#waiting.findIndex((waiting) => waiting.xid === xid);
    const [waiting] = this.#waiting.splice(at, 1);
    if (at < 0 || waiting === undefined) throw new Error(`an answer to request ${xid}, which was not sent`);
    waiting.settle({ zxid, error, response: error === 0 ? readResponse(waiting.op, reader) : undefined });
    return true;
  }
}
