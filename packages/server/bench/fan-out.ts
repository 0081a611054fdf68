/**
 * Measures how long one change takes to reach many watchers, and how long it keeps the server from other work. Every
 * connection has a watch on the same node. Run: `node packages/server/bench/fan-out.ts [connections]`
 */
import { performance } from 'node:perf_hooks';
import {
  AddWatchMode,
  ByteWriter,
  CreateFlag,
  OPEN_ACL,
  OpCode,
  ProtocolVersion,
  type Request,
  writeConnectRequest,
  writeRequest,
  writeRequestHeader,
  ZXID_ZERO,
} from '@conclave/protocol';
import { MemoryDisk, openMemoryStorage } from '@conclave/storage';
import { pino } from 'pino';
import { configSchema } from '../src/config/config.ts';
import { type ByteStream, ignore } from '../src/environment/byte-stream.ts';
import { nodeClock, nodeNetwork } from '../src/environment/node-environment.ts';
import { Server } from '../src/server.ts';

const CONNECTIONS = Number(process.argv[2] ?? 20_000);
const CHANGES = 10;

let written = 0;
let wake: () => void = ignore;

/** A client that counts how often it was written to, and ignores what was written. */
class Watcher implements ByteStream {
  readonly remoteAddress = '127.0.0.1';
  readonly bufferedBytes = 0;
  onData: (chunk: Uint8Array) => void = ignore;
  onClose: () => void = ignore;
  onDrain: () => void = ignore;
  #xid = 0;

  write(): boolean {
    written++;
    wake();
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}

  connect(): void {
    this.#send((writer) =>
      writeConnectRequest(writer, {
        protocolVersion: ProtocolVersion.zookeeper,
        lastZxidSeen: ZXID_ZERO,
        timeoutMs: 60_000,
        sessionId: 0n,
        password: new Uint8Array(16),
        readOnly: false,
      }),
    );
  }

  request(request: Request): void {
    this.#send((writer) => {
      writeRequestHeader(writer, { xid: ++this.#xid, opcode: request.op, flags: 0, confirmed: 0 }, false);
      writeRequest(writer, request);
    });
  }

  #send(write: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter();
    const at = writer.reserveInt();
    write(writer);
    writer.setInt(at, writer.length - at - 4);
    this.onData(writer.take());
  }
}

async function untilWritten(count: number): Promise<void> {
  while (written < count) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const disk = new MemoryDisk();
const server = new Server({
  config: configSchema.parse({ connectionsMax: 1_000_000, connectionsPerAddressMax: 1_000_000 }),
  environment: {
    clock: nodeClock,
    network: nodeNetwork,
    entropy: { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 },
    openStorage: () => openMemoryStorage(disk),
  },
  log: pino({ level: 'silent' }),
  onFatal: (error) => {
    throw error;
  },
});
await server.start();

const watchers = Array.from({ length: CONNECTIONS }, () => new Watcher());
for (const watcher of watchers) {
  server.accept(watcher);
  watcher.connect();
}
await untilWritten(CONNECTIONS);
const [first] = watchers;
if (first === undefined) throw new Error('this needs at least one connection');
first.request({ op: OpCode.create, path: '/node', data: null, acl: OPEN_ACL, flags: CreateFlag.persistent });
await untilWritten(CONNECTIONS + 1);
written = 0;
for (const watcher of watchers)
  watcher.request({ op: OpCode.addWatch, path: '/node', mode: AddWatchMode.persistent });
await untilWritten(CONNECTIONS);

const times: number[] = [];
let longestTurnMs = 0;
let lastTurnAt = performance.now();
let isMeasuring = true;
const measureTurns = () => {
  const now = performance.now();
  longestTurnMs = Math.max(longestTurnMs, now - lastTurnAt);
  lastTurnAt = now;
  if (isMeasuring) setImmediate(measureTurns);
};
measureTurns();
const cpu = process.cpuUsage();
for (let i = 0; i < CHANGES; i++) {
  written = 0;
  const startedAt = performance.now();
  first.request({ op: OpCode.setData, path: '/node', data: new Uint8Array(100), version: -1 });
  await untilWritten(CONNECTIONS);
  times.push(performance.now() - startedAt);
}
isMeasuring = false;
times.sort((a, b) => a - b);
const { user, system } = process.cpuUsage(cpu);
const perEventUs = (user + system) / CHANGES / CONNECTIONS;
process.stdout.write(
  `${CONNECTIONS} connections watch one node\n` +
    `a change reaches all of them after ${times[CHANGES / 2]?.toFixed(1)} ms (median of ${CHANGES})\n` +
    `processor time for each event: ${perEventUs.toFixed(2)} us\n` +
    `longest turn of the event loop: ${longestTurnMs.toFixed(1)} ms\n`,
);
await server.close();
