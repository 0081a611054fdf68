import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Client, connect, type LivenessPolicy } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { conclaveEnsemble, type Ensemble } from '@conclave/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicMs } from './support/contention.ts';
import type { HolderOrder, HolderReport } from './support/holder-process.ts';

const SESSION_TIMEOUT_MS = 2_000;
const BLOCKED_MS = 3 * SESSION_TIMEOUT_MS;
const HOLDER = fileURLToPath(new URL('./support/holder-process.ts', import.meta.url));

let ensemble: Ensemble;
let contender: Client;

beforeAll(async () => {
  ensemble = await conclaveEnsemble();
  await ensemble.serve();
  contender = await connect({ servers: ensemble.webServers });
});

afterAll(async () => {
  await contender?.close();
  await ensemble.stop();
});

test.concurrent('a client with a blocked event loop keeps its session and its lock under tolerant', async () => {
  await using holder = await startHolder('tolerant', '/blocked/tolerant');
  let granted = false;
  const waiting = mutex(contender, '/blocked/tolerant').acquire();
  void waiting.then(() => {
    granted = true;
  });

  const awake = await holder.block(BLOCKED_MS);
  expect(awake).toMatchObject({ aborted: false, state: 'connected' });
  expect(awake.safeUntil).toBeGreaterThan(awake.at);
  expect(granted).toBe(false);
  await holder.release();
  await using held = await waiting;
  expect(Number(held.fencingToken)).toBeGreaterThan(holder.token);
});

test.concurrent('a client with a blocked event loop loses its session and its lock under strict, and knows it at once', async () => {
  await using holder = await startHolder('strict', '/blocked/strict');
  const waiting = mutex(contender, '/blocked/strict').acquire();
  const grantedAt = waiting.then(() => monotonicMs());

  const awake = await holder.block(BLOCKED_MS);
  expect(awake).toMatchObject({ aborted: true, state: 'expired' });
  expect(awake.safeUntil).toBeLessThan(awake.at);
  await using held = await waiting;
  expect(Number(held.fencingToken)).toBeGreaterThan(holder.token);
  expect(await grantedAt).toBeGreaterThan(awake.safeUntil);
  expect(await grantedAt).toBeLessThan(awake.at);
});

async function startHolder(liveness: LivenessPolicy, path: string): Promise<Holder> {
  const args = [ensemble.webServers.join(','), path, liveness, String(SESSION_TIMEOUT_MS)];
  const child = fork(HOLDER, args, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { token } = await reportOf(child, 'held');
  return new Holder(child, token);
}

/** The process that holds the lock. */
class Holder implements AsyncDisposable {
  readonly token: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, token: number) {
    this.#child = child;
    this.token = token;
  }

  block(ms: number): Promise<Extract<HolderReport, { type: 'awake' }>> {
    return this.#order({ type: 'block', ms }, 'awake');
  }

  async release(): Promise<void> {
    await this.#order({ type: 'release' }, 'released');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  async #order<T extends HolderReport['type']>(order: HolderOrder, type: T) {
    const report = reportOf(this.#child, type);
    this.#child.send(order);
    return report;
  }
}

async function reportOf<T extends HolderReport['type']>(
  child: ChildProcess,
  type: T,
): Promise<Extract<HolderReport, { type: T }>> {
  const signal = AbortSignal.timeout(30_000);
  for (;;) {
    const [report]: [HolderReport] = (await once(child, 'message', { signal })) as [HolderReport];
    if (report.type === type) return report as Extract<HolderReport, { type: T }>;
  }
}
