import { type Client, connect } from '@conclave/client';
import { visitBarrier } from '../workloads/barriers.ts';
import { keepEphemeral } from '../workloads/ephemerals.ts';
import { useLocks } from '../workloads/locks.ts';
import { Participant } from '../workloads/participant.ts';
import { useQueue } from '../workloads/queues.ts';
import { readRegisters, useRegisters } from '../workloads/registers.ts';
import { createSequences } from '../workloads/sequences.ts';
import { useWatches } from '../workloads/watches.ts';
import { Journal } from './journal.ts';
import type { ClientOptions } from './messages.ts';
import { Parent } from './parent.ts';

/**
 * A client of the trials. It is a process of its own, so that it can be killed and stopped. It runs all workloads at
 * once in one session after the other, and only reads in a second session.
 */
const WORKLOADS: readonly Workload[] = [
  createSequences,
  useRegisters,
  useLocks,
  keepEphemeral,
  useWatches,
  useQueue,
  visitBarrier,
];

type Workload = (participant: Participant) => Promise<void>;

const options = JSON.parse(process.argv[2] ?? '') as ClientOptions;
const parent = new Parent();
const { stop } = parent;

using journal = new Journal(options.journal);
await Promise.all([live(options.name, WORKLOADS), live(`${options.name}-reader`, [readRegisters])]);
parent.leave();

async function live(name: string, workloads: readonly Workload[]): Promise<void> {
  for (let session = 1; !stop.aborted; session++) {
    const client = await open();
    if (client === undefined) return;
    const participant = new Participant({ session: `${name}.${session}`, client, journal, parent });
    await Promise.all(workloads.map((work) => work(participant)));
    await client.close();
  }
}

async function open(): Promise<Client | undefined> {
  try {
    return await connect({
      servers: options.servers,
      sessionTimeoutMs: options.sessionTimeoutMs,
      connectTimeoutMs: Number.POSITIVE_INFINITY,
      backoff: { minMs: 10, maxMs: 200 },
      signal: stop,
    });
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  }
}
