import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@conclave/client';
import { election } from '@conclave/recipes';
import { report, workerOptions } from '../worker-process.ts';

export interface SchedulerOptions {
  readonly servers: string;
  readonly path: string;
  /** Runs in all. */
  readonly runs: number;
}

export type SchedulerReport = { readonly run: number; readonly token: number };

const { name, servers, path, runs } = workerOptions<SchedulerOptions>();

await using client = await connect({ servers, sessionTimeoutMs: 2_000 });

await election(client, `${path}/leader`, { candidate: name }).lead(
  async ({ fencingToken, guard, signal }) => {
    // The runs that earlier leaders have claimed are nodes. This leader goes on where they stopped.
    await client.create(`${path}/runs`, null, { parents: true, guard }).catch(ignoreExisting);
    for (let run = (await client.children(`${path}/runs`)).children.length; run < runs; run++) {
      signal.throwIfAborted();
      // Claimed before it is done: a run whose leader dies on the way is skipped, and none is done twice.
      await client.create(`${path}/runs/${String(run).padStart(6, '0')}`, name, { guard });
      report({ run, token: fencingToken } satisfies SchedulerReport);
      await delay(100, undefined, { signal });
    }
  },
);

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'NODE_EXISTS')) throw error;
}
