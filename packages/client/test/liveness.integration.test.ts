import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, connect, type LivenessPolicy, OpCode } from '../src/index.ts';

const TIMEOUT_MS = 2_000;

let ensemble: Ensemble;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  await ensemble.serve();
});
afterAll(async () => {
  await ensemble?.stop();
});

function open(liveness: LivenessPolicy, servers?: string[]): Promise<Client> {
  return connect({ servers: servers ?? ensemble.webServers, sessionTimeoutMs: TIMEOUT_MS, liveness });
}

/** Blocks the event loop of this thread. */
function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function join(client: Client, path: string, prefix: string) {
  return client.request({ op: OpCode.lineJoin, path, prefix: `${prefix}-lock-`, data: null, wait: true });
}

describe('a program whose loop is blocked for three session timeouts', () => {
  test.each(['webServers', 'tcpServers'] as const)(
    'keeps its session when it is tolerant (%s)',
    async (doors) => {
      const client = await open('tolerant', ensemble[doors]);
      const { id, signal } = client.session;
      const path = `/tolerant-${doors}`;
      await client.create(path, null, { mode: 'ephemeral' });
      blockLoop(3 * TIMEOUT_MS);
      expect(signal.aborted).toBe(false);
      expect(client.session.safeUntil).toBeGreaterThan(performance.now());
      expect(await client.exists(path)).toMatchObject({ ephemeralOwner: id });
      expect(client.session.id).toBe(id);
      await client.close();
    },
  );

  test('a blocked loop loses its session, and its lock is passed on, if it is strict', async () => {
    const [strict, tolerant] = await Promise.all([open('strict'), open('tolerant')]);
    const held = await join(strict, '/line', 'strict');
    const waiting = await join(tolerant, '/line', 'tolerant');
    expect([held.granted, waiting.granted]).toEqual([true, false]);
    const granted = new Promise((resolve) => tolerant.onGranted(waiting.node, resolve));
    tolerant.onReconnected(async () => {
      // The push may have been lost with the connection.
      const status = await tolerant.request({
        op: OpCode.lineStatus,
        path: '/line',
        prefix: 'tolerant-lock-',
      });
      if (status.granted) grantedByStatus();
    });
    let grantedByStatus = () => {};
    const grantedEitherWay = Promise.race([
      granted,
      new Promise<void>((resolve) => {
        grantedByStatus = resolve;
      }),
    ]);
    blockLoop(3 * TIMEOUT_MS);
    expect(strict.session.signal.aborted).toBe(true);
    expect(strict.state).toBe('expired');
    await grantedEitherWay;
    expect(await tolerant.exists(held.node)).toBeNull();
    await tolerant.close();
  });

  test('a blocked loop keeps its session if it is strict and comes back in time', async () => {
    const client = await open('strict');
    for (let i = 0; i < 4; i++) {
      blockLoop(TIMEOUT_MS / 2);
      await client.exists('/');
    }
    expect(client.state).toBe('connected');
    await client.close();
  });

  test('a blocked loop loses its session if it sends the heartbeats itself', async () => {
    const client = await open('loop');
    blockLoop(3 * TIMEOUT_MS);
    expect(client.state).toBe('expired');
  });
});
