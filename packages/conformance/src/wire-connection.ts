import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { JuteReader, JuteWriter } from './jute.ts';

/** A frame from the server, split into its header and body. */
export interface Reply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly error: number;
  readonly body: JuteReader;
}

export interface Hello {
  readonly protocolVersion?: number | undefined;
  readonly lastZxidSeen?: bigint | undefined;
  readonly timeoutMs?: number | undefined;
  readonly sessionId?: bigint | undefined;
  readonly password?: Uint8Array | undefined;
  /** Absent in the handshake of clients that are older than this field. */
  readonly readOnly?: boolean | undefined;
}

/** A server's answer to a handshake. */
export interface Welcome {
  readonly protocolVersion: number;
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Buffer;
  /** Absent if the answer ends before this field. */
  readonly readOnly: boolean | undefined;
}

export const NO_PASSWORD = new Uint8Array(16);
const NOTIFICATION_XID = -1;
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * A TCP connection that speaks ZooKeeper's protocol frame by frame and hides nothing. It can send what no client would,
 * and reports what came back, even if that is the end of the connection.
 */
export class WireConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>();
  readonly #frames: Buffer[] = [];
  readonly #events: Reply[] = [];
  #unread: Buffer = Buffer.alloc(0);
  #onFrame: (() => void) | undefined;
  #onEvent: (() => void) | undefined;
  #isGreeted = false;
  #isOver = false;
  /** Resolves when either side has ended it. */
  readonly over: Promise<void>;

  /** Rejects if no server listens on the port. */
  static async open(port: number): Promise<WireConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new WireConnection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#handleData(chunk));
    socket.on('error', () => {});
    this.over = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isOver = true;
        this.#onFrame?.();
        this.#onEvent?.();
        for (const answer of this.#waiting.values()) answer(undefined);
        this.#waiting.clear();
        resolve();
      });
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves to `undefined` if the server closes the connection instead of answering. */
  async greet(hello: Hello): Promise<Welcome | undefined> {
    const writer = new JuteWriter()
      .int(hello.protocolVersion ?? 0)
      .long(hello.lastZxidSeen ?? 0n)
      .int(hello.timeoutMs ?? 10_000)
      .long(hello.sessionId ?? 0n)
      .buffer(hello.password ?? NO_PASSWORD);
    if (hello.readOnly !== undefined) writer.boolean(hello.readOnly);
    this.sendFrame(writer.take());
    const frame = await this.#firstFrame();
    if (frame === undefined) return undefined;
    const reader = new JuteReader(frame);
    return {
      protocolVersion: reader.int(),
      timeoutMs: reader.int(),
      sessionId: reader.long(),
      password: reader.buffer() ?? Buffer.alloc(0),
      readOnly: reader.remaining > 0 ? reader.boolean() : undefined,
    };
  }

  /** Resolves to `undefined` if the connection ends, or no answer comes within ten seconds. */
  request(xid: number, opcode: number, record: Uint8Array): Promise<Reply | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    this.sendFrame(new JuteWriter().int(xid).int(opcode).bytes(record).take());
    return this.answer(xid);
  }

  /** Resolves to the frame that answers `xid`, or to `undefined` as `request` does. */
  answer(xid: number): Promise<Reply | undefined> {
    if (this.#isOver) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(undefined), ANSWER_TIMEOUT_MS);
      const settle = (reply: Reply | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(xid);
        resolve(reply);
      };
      this.#waiting.set(xid, settle);
    });
  }

  sendFrame(payload: Uint8Array): void {
    this.sendBytes(new JuteWriter().buffer(payload).take());
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Returns the events since the last call, in their order. */
  takeEvents(): Reply[] {
    return this.#events.splice(0);
  }

  /** Resolves when `count` events can be taken, the connection has ended, or `timeoutMs` have passed. */
  async eventsThere(count: number, timeoutMs: number): Promise<void> {
    if (this.#events.length >= count || this.#isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEvent = () => {
        if (this.#events.length < count && !this.#isOver) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #firstFrame(): Promise<Buffer | undefined> {
    if (this.#frames.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
    return this.#frames.shift();
  }

  #handleData(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 4) {
      const end = 4 + this.#unread.readInt32BE();
      if (this.#unread.length < end) return;
      this.#handleFrame(this.#unread.subarray(4, end));
      this.#unread = this.#unread.subarray(end);
    }
  }

  #handleFrame(frame: Buffer): void {
    if (!this.#isGreeted) {
      this.#frames.push(frame);
      this.#isGreeted = true;
      this.#onFrame?.();
      return;
    }
    const body = new JuteReader(frame);
    const reply: Reply = { xid: body.int(), zxid: body.long(), error: body.int(), body };
    if (reply.xid === NOTIFICATION_XID) {
      this.#events.push(reply);
      this.#onEvent?.();
    } else this.#waiting.get(reply.xid)?.(reply);
  }
}
