import { CreateFlag, ErrorNumber, OPEN_ACL, OpCode, ProtocolVersion } from '@conclave/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { nodeClock } from '../src/environment/node-environment.ts';
import { Replica } from '../src/replica/replica.ts';
import { Workload } from '../src/requests/workload.ts';
import type { MemoryClient } from './support/memory-client.ts';
import { MemoryServer } from './support/memory-server.ts';

const TIMEOUT_MS = 500;
/** Not longer, because the server does not count time in which it did not run itself. */
const STEP_MS = 20;
const LENGTH = 60_000;

let server: MemoryServer;
let witness: MemoryClient;
let passOn: () => Promise<void>;

beforeEach(async () => {
  const original = Replica.prototype.touch;
  const touch = vi.spyOn(Replica.prototype, 'touch');
  passOn = () =>
    new Promise((resolve) => {
      touch.mockImplementationOnce(function (this: Replica, sessions) {
        original.call(this, sessions);
        resolve();
      });
    });
  server = await MemoryServer.start({
    sessionTimeoutMinMs: TIMEOUT_MS,
    largeRequestBytes: 10_000,
    largeRequestsBytesMax: 65_536,
  });
  witness = await server.connect({ timeoutMs: 60_000 }, 'witness');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

/** Lets a little time pass, and the leader learn which clients were active meanwhile. */
async function step(): Promise<void> {
  const passedOn = passOn();
  await witness.request({ op: OpCode.ping });
  await passedOn;
  server.aheadMs += STEP_MS;
  await witness.request({ op: OpCode.sync, path: '/' });
}

async function pass(ms: number): Promise<void> {
  const nowMs = () => nodeClock.monotonicMs() + server.aheadMs;
  for (const untilMs = nowMs() + ms; nowMs() < untilMs; ) await step();
}

/** Lets time pass until the client's session has expired. */
async function outlive(client: MemoryClient): Promise<void> {
  while (client.isOpen) await step();
}

const connect = (name: string) => server.connect({ timeoutMs: TIMEOUT_MS }, name);
const exists = { op: OpCode.exists, path: '/', watch: false } as const;

function create(path: string, data = new Uint8Array(0)) {
  return { op: OpCode.create, path, data, acl: OPEN_ACL, flags: CreateFlag.persistent } as const;
}

/** Sends the beginning of a large request. Returns a function that sends the rest. */
function announce(client: MemoryClient): () => void {
  const frames: Uint8Array[] = [];
  const receive = client.onData;
  client.onData = (chunk) => frames.push(chunk.slice());
  client.sendRequest(create(`/${client.remoteAddress}`, new Uint8Array(LENGTH)));
  client.onData = receive;
  const [frame = new Uint8Array(0)] = frames;
  client.onData(frame.subarray(0, 100));
  return () => client.onData(frame.subarray(100));
}

describe('a session from which the server does not read', () => {
  test('for lack of room lives on, and has its full timeout when it is read again', async () => {
    const greedy = await server.connect({ timeoutMs: 60_000 }, 'greedy');
    const mute = await connect('mute');
    const patient = await connect('patient');
    const goOn = announce(greedy);
    const goOnToo = announce(patient);
    expect(patient.isPaused).toBe(true);
    await outlive(mute);
    await pass(2 * TIMEOUT_MS);
    expect(patient.isOpen).toBe(true);
    goOn();
    expect(await greedy.reply(OpCode.create)).toMatchObject({ error: ErrorNumber.OK });
    await step();
    expect(patient.isPaused).toBe(false);
    await pass(TIMEOUT_MS / 2);
    goOnToo();
    expect(await patient.reply(OpCode.create)).toMatchObject({ error: ErrorNumber.OK });
    await outlive(patient);
  });

  test('because its client reads no answers expires, a timeout later than a silent one', async () => {
    const deaf = await connect('deaf');
    deaf.bufferedBytes = 2 * 1024 * 1024;
    deaf.isFull = true;
    await deaf.request(exists);
    expect(deaf.isPaused).toBe(true);
    await pass(TIMEOUT_MS);
    expect(deaf.isOpen).toBe(true);
    await outlive(deaf);
  });

  test('because its client reads answers slowly lives on', async () => {
    const slow = await connect('slow');
    slow.bufferedBytes = 2 * 1024 * 1024;
    slow.isFull = true;
    await slow.request(exists);
    for (let i = 0; i < 6; i++) {
      await pass(TIMEOUT_MS / 2);
      slow.bufferedBytes -= 100_000;
    }
    expect(slow.isOpen).toBe(true);
    slow.isFull = false;
    slow.bufferedBytes = 0;
    slow.onDrain();
    expect(await slow.request(exists)).toMatchObject({ error: ErrorNumber.OK });
  });
});

test('heartbeats are read and answered even while no other connection is read', async () => {
  const { sessionId, password } = await server
    .dial()
    .connect({ protocolVersion: ProtocolVersion.native, timeoutMs: TIMEOUT_MS });
  const heartbeat = server.dial('heartbeat');
  await heartbeat.connect({ protocolVersion: ProtocolVersion.heartbeat, sessionId, password });
  vi.spyOn(Workload.prototype, 'flooded', 'get').mockReturnValue(true);
  for (let i = 0; i < 2; i++) {
    expect(await heartbeat.request({ op: OpCode.ping })).toMatchObject({ error: ErrorNumber.OK });
    expect(heartbeat.isPaused).toBe(false);
  }
});
