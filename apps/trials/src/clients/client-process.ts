import { type Client, connect } from '@conclave/client';
import { visitBarrier } from '../workloads/barriers.ts';
import { keepEphemeral } from '../workloads/ephemerals.ts';
import { useLocks } from '../workloads/locks.ts';
import { Participant } from '../workloads/participant.ts';
import { useQueue } from '../workloads/queues.ts';
import { useRegisters } from '../workloads/registers.ts';
import { createSequences } from '../workloads/sequences.ts';
import { lookAtWatched, useWatches } from '../workloads/watches.ts';
import { Journal } from './journal.ts';
import type { ClientOptions } from './messages.ts';
import { Parent } from './parent.ts';

/**
 * A client of the trials in a process of its own, so that it can be killed and stopped: one session after the other,
 * each with all the workloads at once.
 */
const WORKLOADS = [
  createSequences,
  useRegisters,
  useLocks,
  keepEphemeral,
  useWatches,
  useQueue,
  visitBarrier,
];

const options = JSON.parse(process.argv[2] ?? '') as ClientOptions;
const parent = new Parent();
const { stop } = parent;

using journal = new Journal(options.journal);
for (let session = 1; !stop.aborted; session++) {
  const client = await open();
  if (client === undefined) break;
  await take(client, `${options.name}.${session}`);
  await client.close();
}
parent.leave();

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

async function take(client: Client, session: string): Promise<void> {
  const participant = new Participant({ session, client, journal, parent });
  await Promise.all(WORKLOADS.map((work) => work(participant)));
  if (!client.session.signal.aborted) await lookAtWatched(participant);
}
