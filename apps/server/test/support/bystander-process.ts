import { setTimeout as pause } from 'node:timers/promises';
import { type ClientState, connect } from '@conclave/client';
import { mutex } from '@conclave/recipes';

/** Everything that a well-behaved client has noticed during an attack. */
export interface BystanderReport {
  readonly operations: number;
  readonly slowestMs: number;
  readonly failures: readonly string[];
  readonly states: readonly ClientState[];
}

/** A client that works at an even pace until the parent asks for its report. */
const PAUSE_MS = 2;
const TURNS_MIN = 5;
const [servers = '', home = '/bystander'] = process.argv.slice(2);

const states: ClientState[] = [];
const failures: string[] = [];
const timesMs: number[] = [];
let stopped = false;
process.once('message', () => {
  stopped = true;
});
process.once('disconnect', exitWithParent);

const client = await connect({ servers: servers.split(',') });
client.onState((state) => states.push(state));
await client.create(home, '0', { parents: true });
process.send?.('started');
for (let turn = 1; !stopped || turn <= TURNS_MIN; turn++) {
  await measure(() => client.set(home, String(turn), { version: turn - 1 }));
  await measure(async () => {
    const { data } = await client.get(home);
    if (new TextDecoder().decode(data) !== String(turn))
      throw new Error(`read something else than was written: ${data}`);
  });
  await measure(async () => {
    await using held = await mutex(client, `${home}/lock`).acquire();
    await client.exists(held.node);
  });
  await pause(PAUSE_MS);
}
const report: BystanderReport = {
  operations: timesMs.length,
  slowestMs: Math.max(...timesMs),
  failures,
  states: [...states],
};
process.send?.(report);
await client.close();
process.off('disconnect', exitWithParent);
process.disconnect();

function exitWithParent(): void {
  process.exit(1);
}

async function measure(operation: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  try {
    await operation();
  } catch (error) {
    failures.push(String(error));
  }
  timesMs.push(performance.now() - startedMs);
}
