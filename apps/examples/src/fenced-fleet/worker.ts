import { setTimeout as delay } from 'node:timers/promises';
import { connect, isConclaveError } from '@conclave/client';
import { mutex } from '@conclave/recipes';
import { report, workerOptions } from '../worker-process.ts';
import { Ledger, StaleTokenError } from './ledger.ts';

export interface FleetOptions {
  readonly servers: string;
  readonly lock: string;
  readonly ledgerFile: string;
  /** Entries to write under one holding of the lock. */
  readonly entries: number;
  readonly sessionTimeoutMs: number;
}

export type FleetReport = {
  readonly event: 'holds' | 'wrote' | 'refused' | 'released';
  readonly token: number;
};

const { name, servers, lock, ledgerFile, entries, sessionTimeoutMs } = workerOptions<FleetOptions>();
const send = (message: FleetReport): void => report(message);

using ledger = new Ledger(ledgerFile);

for (let isDone = false; !isDone; ) {
  try {
    await using client = await connect({ servers, sessionTimeoutMs });
    await using held = await mutex(client, lock, { owner: name }).acquire();
    const token = held.fencingToken;
    ledger.takeOver(token);
    send({ event: 'holds', token });
    for (let i = 0; i < entries; i++) {
      await delay(50);
      // A careless worker: it does not look at `held.signal`. The ledger refuses what comes too late all the same.
      ledger.append(token, name);
      send({ event: 'wrote', token });
    }
    send({ event: 'released', token });
    isDone = true;
  } catch (error) {
    if (error instanceof StaleTokenError) send({ event: 'refused', token: 0 });
    else if (!isConclaveError(error)) throw error;
  }
}
