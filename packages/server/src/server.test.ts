import {
  ByteReader,
  ByteWriter,
  type ConnectResponse,
  ErrorNumber,
  FrameDecoder,
  OpCode,
  ProtocolVersion,
  type ReplyHeader,
  type Request,
  readConnectResponse,
  readReplyHeader,
  SpecialXid,
  writeConnectRequest,
  writeRequest,
  writeRequestHeader,
  ZXID_ZERO,
} from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { configSchema } from './config/config.ts';
import { type ByteStream, ignore } from './environment/byte-stream.ts';
import { nodeClock, nodeNetwork } from './environment/node-environment.ts';
import { Server } from './server.ts';

/** One end of a connection in memory, and a native client at the other. */
class Client implements ByteStream {
  readonly remoteAddress = 'client';
  readonly bufferedBytes = 0;
  onData: (chunk: Uint8Array) => void = ignore;
  onClose: () => void = ignore;
  onDrain: () => void = ignore;
  isOpen = true;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Uint8Array[] = [];
  #wake: () => void = ignore;

  write(bytes: Uint8Array): boolean {
    this.#decoder.push(bytes.slice(), (frame) => this.#frames.push(frame.slice()) > 0);
    this.#wake();
    return true;
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onClose();
  }

  async connect(sessionId = 0n, password: Uint8Array = new Uint8Array(16)): Promise<ConnectResponse> {
    const writer = new ByteWriter();
    const at = writer.reserveInt();
    writeConnectRequest(writer, {
      protocolVersion: ProtocolVersion.native,
      lastZxidSeen: ZXID_ZERO,
      timeoutMs: 10_000,
      sessionId,
      password,
      readOnly: false,
    });
    this.#send(writer, at);
    return readConnectResponse(await this.#frame());
  }

  request(xid: number, request: Request): Promise<ReplyHeader> {
    const writer = new ByteWriter();
    const at = writer.reserveInt();
    writeRequestHeader(writer, { xid, opcode: request.op, flags: 0, confirmed: 0 }, true);
    writeRequest(writer, request);
    this.#send(writer, at);
    return this.#frame().then((frame) => readReplyHeader(new ByteReader(frame), true));
  }

  #send(writer: ByteWriter, at: number): void {
    writer.setInt(at, writer.length - at - 4);
    this.onData(writer.take());
  }

  async #frame(): Promise<Uint8Array> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

let pausedMs = 0;
let server: Server;

async function start(options: object = {}): Promise<void> {
  const disk = new MemoryDisk();
  pausedMs = 0;
  server = new Server({
    config: configSchema.parse({ tickMs: 5, ...options }),
    environment: {
      clock: { ...nodeClock, monotonicMs: () => nodeClock.monotonicMs() + pausedMs },
      network: nodeNetwork,
      entropy: { bytes: (count) => new Uint8Array(count).fill(9), fraction: () => 0.5 },
      openStorage: () => openMemoryStorage(disk),
    },
    log: pino({ level: 'silent' }),
    onFatal: (error) => {
      throw error;
    },
  });
  await server.start();
}

function newClient(): Client {
  const client = new Client();
  server.accept(client);
  return client;
}

afterEach(() => server.close());

test('watches that a client sets again after a reconnection count against its limit', async () => {
  await start({ watchesPerConnectionMax: 3 });
  const client = newClient();
  await client.connect();
  const setAgain = (xid: number, ...exist: string[]) =>
    client.request(xid, {
      op: OpCode.setNativeWatches,
      relativeZxid: ZXID_ZERO,
      data: [],
      exist,
      child: [],
      persistent: [],
      persistentRecursive: [],
      holder: [],
    });
  expect(await setAgain(SpecialXid.setWatches, '/a', '/b')).toMatchObject({ error: ErrorNumber.OK });
  expect(await setAgain(SpecialXid.setWatches, '/c', '/d')).toMatchObject({
    error: ErrorNumber.THROTTLED_OP,
  });
  expect(server.status().watches).toBe(2);
});

test('a ping to a server that was just paused is answered when it is in touch again', async () => {
  await start();
  const client = newClient();
  await client.connect();
  pausedMs += 5_000;
  const { xid } = await client.request(SpecialXid.ping, { op: OpCode.ping });
  expect(xid).toBe(SpecialXid.ping);
});

test('a client that comes back has one connection, and gets it only with its password', async () => {
  await start();
  const first = newClient();
  const { sessionId, password } = await first.connect();
  const stranger = await newClient().connect(sessionId, new Uint8Array(16));
  expect(stranger.sessionId).toBe(0n);
  expect(first.isOpen).toBe(true);
  const second = newClient();
  const response = second.connect(sessionId, password);
  expect(first.isOpen).toBe(false);
  expect((await response).sessionId).toBe(sessionId);
});
