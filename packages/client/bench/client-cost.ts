/**
 * What one operation costs the client: all of the SDK except the socket, against a server that answers the requests of
 * one turn of the event loop with prepared bytes. Run with `node packages/client/bench/client-cost.ts`.
 */
import {
  ByteReader,
  ByteWriter,
  FrameDecoder,
  OpCode,
  ProtocolVersion,
  readConnectRequest,
  readRequestHeader,
  type Stat,
  writeConnectResponse,
  writeReplyHeader,
  writeResponse,
  ZXID_ZERO,
} from '@conclave/protocol';
import { type ByteStream, type Client, connect, nodeEnvironment, type StreamHandlers } from '../src/index.ts';

const OPERATIONS = 400_000;
const IN_FLIGHT = 480;

const stat: Stat = {
  czxid: ZXID_ZERO,
  mzxid: ZXID_ZERO,
  pzxid: ZXID_ZERO,
  ctime: 1_700_000_000_000,
  mtime: 1_700_000_000_000,
  version: 1,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 100,
  numChildren: 0,
};

/** Answers by the opcode of the request alone. */
class PreparedServer implements ByteStream {
  readonly bufferedBytes = 0;
  writes = 0;
  readonly #handlers: StreamHandlers;
  readonly #decoder = new FrameDecoder();
  readonly #out = new ByteWriter(1 << 16);
  #isGreeted = false;

  constructor(handlers: StreamHandlers) {
    this.#handlers = handlers;
    setImmediate(() => handlers.handleOpen());
  }

  write(bytes: Uint8Array): void {
    this.writes++;
    this.#decoder.push(bytes, (frame) => {
      const at = this.#out.reserveInt();
      if (this.#isGreeted) this.#answer(frame);
      else this.#greet(frame);
      this.#out.setInt(at, this.#out.length - at - 4);
      return true;
    });
    const answers = this.#out.take();
    setImmediate(() => this.#handlers.handleData(answers));
  }

  close(): void {}

  destroy(): void {}

  #greet(frame: Uint8Array): void {
    this.#isGreeted = true;
    const { timeoutMs } = readConnectRequest(frame);
    const password = new Uint8Array(16);
    const protocolVersion = ProtocolVersion.native;
    writeConnectResponse(this.#out, { protocolVersion, timeoutMs, sessionId: 1n, password, readOnly: false });
  }

  #answer(frame: Uint8Array): void {
    const { xid, opcode } = readRequestHeader(new ByteReader(frame), true);
    writeReplyHeader(this.#out, xid, 1, 0, true);
    if (opcode === OpCode.getData) writeResponse(this.#out, { op: opcode, data, stat });
    if (opcode === OpCode.setData) writeResponse(this.#out, { op: opcode, stat });
    if (opcode === OpCode.create2)
      writeResponse(this.#out, { op: opcode, path: '/bench/node-0000000001', stat });
  }
}

const data = new Uint8Array(100);
const servers: PreparedServer[] = [];
const client = await connect({
  servers: 'conclave://prepared',
  liveness: 'loop',
  environment: {
    ...nodeEnvironment,
    openStream: (_address, handlers) => {
      const server = new PreparedServer(handlers);
      servers.push(server);
      return server;
    },
  },
});

const operations: Readonly<Record<string, (c: Client) => Promise<unknown>>> = {
  get: (c) => c.get('/bench/node'),
  set: (c) => c.set('/bench/node', data),
  create: (c) => c.create('/bench/node-', data, { mode: 'persistentSequential' }),
};

for (const [name, operation] of Object.entries(operations)) {
  await run(operation, OPERATIONS / 10);
  const writesBefore = servers[0]?.writes ?? 0;
  const cpuBefore = process.cpuUsage();
  const elapsedMs = await run(operation, OPERATIONS);
  const cpu = process.cpuUsage(cpuBefore);
  const perSecond = Math.round((OPERATIONS / elapsedMs) * 1000);
  const micros = ((cpu.user + cpu.system) / OPERATIONS).toFixed(2);
  const perWrite = (OPERATIONS / ((servers[0]?.writes ?? 0) - writesBefore)).toFixed(0);
  process.stdout.write(`${name}\t${perSecond}/s\t${micros} µs of processor each\t${perWrite} to a write\n`);
}
process.exit(0);

async function run(operation: (c: Client) => Promise<unknown>, count: number): Promise<number> {
  const began = performance.now();
  let left = count;
  const lane = async () => {
    while (left-- > 0) await operation(client);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return performance.now() - began;
}
