import { connect } from '@conclave/client';
import { until } from '@conclave/testkit';
import type { Complaint } from '../checks/judge.ts';
import type { TrialServer } from '../ensemble/trial-server.ts';
import { EPHEMERALS } from '../workloads/ephemerals.ts';
import { dataPath, LOCK_NAMES, LOCKS } from '../workloads/locks.ts';
import { CLAIMS, ITEMS, QUEUE } from '../workloads/queues.ts';
import { REGISTERS } from '../workloads/registers.ts';
import { SEQUENCES } from '../workloads/sequences.ts';
import { WATCHED, WATCHES } from '../workloads/watches.ts';
import { type Achievement, achievements } from './achievement.ts';
import { Resource } from './resource.ts';
import { PROGRESS_TIMEOUT_MS, TrialClient } from './trial-client.ts';

export const SESSION_TIMEOUT_MS = 3_000;

/** Creates the parent nodes for the workloads. */
export async function prepareNodes(servers: readonly TrialServer[]): Promise<void> {
  await using client = await connect({ servers: servers.map(({ webUrl }) => webUrl) });
  for (const path of [SEQUENCES, REGISTERS, LOCKS, EPHEMERALS, WATCHES, QUEUE, ITEMS, CLAIMS])
    await client.create(path);
  for (const name of LOCK_NAMES) await client.create(dataPath(name));
  for (const name of WATCHED) await client.create(`${WATCHES}/${name}`);
}

/** The clients of a trial, half of them over WebSocket and half over TCP, and the resource that they share. */
export class Fleet implements AsyncDisposable {
  readonly resource = new Resource();
  readonly #servers: readonly TrialServer[];
  readonly #directory: string;
  readonly #all: TrialClient[] = [];

  constructor(servers: readonly TrialServer[], directory: string) {
    this.#servers = servers;
    this.#directory = directory;
  }

  /** All clients, including those that have ended. */
  get all(): readonly TrialClient[] {
    return this.#all;
  }

  get running(): readonly TrialClient[] {
    return this.#all.filter((client) => client.running);
  }

  start(): TrialClient {
    const number = this.#all.length + 1;
    const overTcp = number % 2 === 0;
    const name = `client-${number}-${overTcp ? 'tcp' : 'ws'}`;
    const client = new TrialClient({
      name,
      servers: this.#servers.map(({ tcpUrl, webUrl }) => (overTcp ? tcpUrl : webUrl)),
      directory: this.#directory,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      onUse: (lock, token) => this.resource.use({ holder: name, lock, token }),
    });
    this.#all.push(client);
    return client;
  }

  /** Waits until every running client has had `writes` more writes acknowledged. */
  async progress(writes: number): Promise<void> {
    await Promise.all(this.running.map((client) => client.progress(writes)));
  }

  /** Waits until every kind of work has been done once more by any client. */
  async achieveAll(signal: AbortSignal): Promise<void> {
    // After this all earlier work has been reported.
    await this.progress(1);
    const before = achievements.map((each) => this.#achieved(each));
    const nothingMissing = async (): Promise<true | undefined> => {
      const missing = achievements.filter((each, i) => this.#achieved(each) <= (before[i] ?? 0));
      if (missing.length === 0) return true;
      throw new Error(`still missing: ${missing.join(', ')}`);
    };
    await until(nothingMissing, {
      what: 'every kind of work to be done once more',
      timeoutMs: PROGRESS_TIMEOUT_MS,
      signal,
    });
  }

  #achieved(achievement: Achievement): number {
    return this.#all.reduce((sum, { achieved }) => sum + (achieved.get(achievement) ?? 0), 0);
  }

  /** Stops all running clients. Resolves to what was wrong with any of them. */
  async stop(): Promise<Complaint[]> {
    const wrong = await Promise.all(this.#all.map((client) => client.stop()));
    return wrong
      .filter((detail) => detail !== undefined)
      .map((detail) => ({ property: 'every client makes progress', detail }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((client) => client[Symbol.asyncDispose]()));
  }
}
