import { ZXID_ZERO } from '@conclave/protocol';
import { beforeEach, expect, test } from 'vitest';
import { parseServers } from '../src/environment/addresses.ts';
import { HeartbeatLoop } from '../src/heartbeat/heartbeat-loop.ts';
import { type Client, connect } from '../src/index.ts';
import { FakeEnsemble } from './fake-ensemble.ts';
import { VirtualEnvironment } from './virtual-environment.ts';

const TIMEOUT_MS = 4_000;
const SERVERS = ['ws://a:1', 'ws://b:2'];

let world: VirtualEnvironment;
let ensemble: FakeEnsemble;
let client: Client;
let proofs: number[];
let isVouchedFor: boolean;
let isGone: boolean;

beforeEach(async () => {
  world = new VirtualEnvironment();
  ensemble = new FakeEnsemble(() => world.now());
  for (const port of [1, 2]) world.listen(port, ensemble);
  client = await world.settle(
    connect({ servers: SERVERS, sessionTimeoutMs: TIMEOUT_MS, environment: world }),
  );
  proofs = [];
  isVouchedFor = true;
  isGone = false;
});

function beat(password = ensemble.sessions.get(client.session.id)?.password): HeartbeatLoop {
  const session = {
    servers: parseServers(SERVERS),
    sessionId: client.session.id,
    password: password ?? new Uint8Array(16),
    sessionTimeoutMs: TIMEOUT_MS,
    lastZxidSeen: ZXID_ZERO,
  };
  const loop = new HeartbeatLoop(world, session, {
    isVouchedFor: () => isVouchedFor,
    handleProof: (sentAt) => proofs.push(sentAt),
    handleSessionGone: () => {
      isGone = true;
    },
  });
  loop.start();
  return loop;
}

test('four heartbeats in a session timeout each prove when they were sent, and the session is not moved', async () => {
  const { connection } = ensemble.sessions.get(client.session.id) ?? {};
  const loop = beat();
  await world.advance(3 * TIMEOUT_MS);
  loop.stop();
  expect(proofs.length).toBeGreaterThanOrEqual(12);
  expect(proofs.length).toBeLessThanOrEqual(13);
  expect(ensemble.sessions.get(client.session.id)?.connection).toBe(connection);
  expect(client.state).toBe('connected');
});

test('another server is tried when one does not answer a heartbeat', async () => {
  const loop = beat();
  await world.advance(TIMEOUT_MS);
  for (const connection of ensemble.connections) if (connection.isHeartbeat) connection.silence();
  const before = proofs.length;
  // The heartbeat without an answer, the one that notices that, and the next one.
  await world.advance((TIMEOUT_MS * 3) / 4);
  loop.stop();
  expect(proofs.length).toBeGreaterThan(before);
});

test('no heartbeat is sent while the program does not vouch for itself', async () => {
  const loop = beat();
  await world.advance(TIMEOUT_MS);
  isVouchedFor = false;
  await world.advance(TIMEOUT_MS / 4);
  const before = proofs.length;
  await world.advance(4 * TIMEOUT_MS);
  expect(proofs.length).toBe(before);
  isVouchedFor = true;
  await world.advance(TIMEOUT_MS / 2);
  loop.stop();
  expect(proofs.length).toBeGreaterThan(before);
});

test('a session that is gone ends its heartbeats', async () => {
  const loop = beat(new Uint8Array(16).fill(0xff));
  await world.advance(TIMEOUT_MS);
  loop.stop();
  expect(isGone).toBe(true);
  expect(proofs).toEqual([]);
});

test('servers that do not support heartbeats are tried less and less often', async () => {
  let attempts = 0;
  const classic = new FakeEnsemble(() => world.now(), false);
  for (const port of [1, 2]) {
    world.listen(port, {
      accept: (stream) => {
        attempts++;
        return classic.accept(stream);
      },
    });
  }
  const loop = beat();
  await world.advance(60_000);
  loop.stop();
  expect(proofs).toEqual([]);
  expect(attempts).toBeLessThan(150);
});
